/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Clients of bondd on a D-Bus daemon, as many as you like.
 *
 *   busload SOCKET CLIENTS RATE SILENT BOND
 *
 * CLIENTS connections together make RATE calls a second: each tenth one asks for all properties of the bond, the
 * others for one of them. A client that waits for ANSWERS_MAX answers makes no more calls. SILENT connections more want
 * all signals of bondd, and as many answers as the bus lets them, and never read. All of it is written by hand: what a
 * library costs would be most of the load.
 *
 * Says "ready" when it begins; ends with SIGTERM and one line of key=value: calls, answers, errors, ns.
 */
#include "packet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_CONNECTIONS 1000
#define ANSWERS_MAX	16
#define SILENT_CALLS	100
#define BUFFER_SIZE	65536
#define HEADER_SIZE	16
#define TICK_NS		1000000
#define ALL_EACH	10
#define NAME		"org.example.Bond"
#define PROPERTIES	"org.freedesktop.DBus.Properties"

enum { CALL = 1, ANSWER = 2, ERROR = 3 };
enum { FIELD_PATH = 1, FIELD_INTERFACE = 2, FIELD_MEMBER = 3, FIELD_DESTINATION = 6, FIELD_SIGNATURE = 8 };

struct message {
	uint8_t bytes[1024];
	size_t len;
};

struct connection {
	int fd;
	uint32_t serial;
	uint32_t waiting; /* calls without an answer yet */
	size_t skip;	  /* bytes of a message whose header was read */
	uint8_t header[HEADER_SIZE];
	size_t n_header;
};

struct totals {
	uint64_t calls, answers, errors;
};

static volatile sig_atomic_t stopped;

static void
on_signal(int number)
{
	stopped = 1;
}

static int
fail(const char *what)
{
	fprintf(stderr, "busload: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* --- Messages --- */

static void
pad(struct message *message, size_t size)
{
	while (message->len % size != 0)
		message->bytes[message->len++] = 0;
}

static void
put32(struct message *message, uint32_t value)
{
	pad(message, 4);
	memcpy(message->bytes + message->len, &value, 4);
	message->len += 4;
}

static void
put_bytes(struct message *message, const void *bytes, size_t len)
{
	if (message->len + len > sizeof(message->bytes))
		fail("a message is too long");
	memcpy(message->bytes + message->len, bytes, len);
	message->len += len;
}

static void
put_string(struct message *message, const char *text)
{
	put32(message, (uint32_t) strlen(text));
	put_bytes(message, text, strlen(text) + 1);
}

static void
put_field(struct message *message, uint8_t field, char type, const char *text)
{
	const char head[] = {(char) field, 1, type, 0};
	uint8_t len = (uint8_t) strlen(text);

	pad(message, 8);
	put_bytes(message, head, sizeof(head));
	if (type == 'g') {
		put_bytes(message, &len, 1);
		put_bytes(message, text, len + 1u);
	} else {
		put_string(message, text);
	}
}

/* A call with strings as arguments, up to a NULL. */
static struct message
make_call(const char *destination, const char *path, const char *interface, const char *member,
	  const char *const *arguments)
{
	static const uint8_t start[] = {'l', CALL, 0, 1};
	struct message message = {0};
	char signature[8] = "";
	uint32_t len;
	size_t body;

	for (size_t i = 0; arguments[i] != NULL; i++)
		strcat(signature, "s");
	put_bytes(&message, start, sizeof(start));
	message.len = HEADER_SIZE;
	put_field(&message, FIELD_PATH, 'o', path);
	put_field(&message, FIELD_INTERFACE, 's', interface);
	put_field(&message, FIELD_MEMBER, 's', member);
	put_field(&message, FIELD_DESTINATION, 's', destination);
	if (signature[0] != '\0')
		put_field(&message, FIELD_SIGNATURE, 'g', signature);
	len = (uint32_t) (message.len - HEADER_SIZE);
	memcpy(message.bytes + 12, &len, 4);
	pad(&message, 8);
	body = message.len;
	for (size_t i = 0; arguments[i] != NULL; i++)
		put_string(&message, arguments[i]);
	len = (uint32_t) (message.len - body);
	memcpy(message.bytes + 4, &len, 4);
	return message;
}

/* --- Connections --- */

static void
write_all(int fd, const void *bytes, size_t len)
{
	if (write(fd, bytes, len) != (ssize_t) len)
		fail("writing to the bus");
}

static void
send_call(struct connection *connection, struct message *call)
{
	connection->serial++;
	memcpy(call->bytes + 8, &connection->serial, 4);
	write_all(connection->fd, call->bytes, call->len);
	connection->waiting++;
}

static void
say_hello(struct connection *connection)
{
	struct message hello = make_call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
					 "Hello", (const char *const[]){NULL});
	char line[200];
	char uid[16];
	int len;

	snprintf(uid, sizeof(uid), "%u", (unsigned) geteuid());
	len = snprintf(line, sizeof(line), "%cAUTH EXTERNAL ", '\0');
	for (const char *at = uid; *at != '\0'; at++)
		len += snprintf(line + len, sizeof(line) - (size_t) len, "%02x", (unsigned) *at);
	len += snprintf(line + len, sizeof(line) - (size_t) len, "\r\n");
	write_all(connection->fd, line, (size_t) len);
	if (read(connection->fd, line, sizeof(line)) < 3 || memcmp(line, "OK ", 3) != 0)
		fail("the bus does not want us");
	write_all(connection->fd, "BEGIN\r\n", 7);
	send_call(connection, &hello);
}

static void
connect_to(struct connection *connection, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	*connection = (struct connection){.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (connection->fd < 0 || connect(connection->fd, (struct sockaddr *) &address, sizeof(address)) < 0)
		fail(path);
	say_hello(connection);
}

static void
count_message(struct connection *connection, struct totals *totals)
{
	uint32_t body, fields;

	memcpy(&body, connection->header + 4, 4);
	memcpy(&fields, connection->header + 12, 4);
	connection->skip = (fields + 7) / 8 * 8 + body;
	connection->n_header = 0;
	if (connection->header[1] != ANSWER && connection->header[1] != ERROR)
		return;
	connection->waiting--;
	totals->answers++;
	totals->errors += connection->header[1] == ERROR;
}

static void
take_bytes(struct connection *connection, const uint8_t *bytes, size_t len, struct totals *totals)
{
	while (len > 0) {
		bool skipping = connection->skip > 0;
		size_t want = skipping ? connection->skip : HEADER_SIZE - connection->n_header;
		size_t part = want < len ? want : len;

		if (skipping) {
			connection->skip -= part;
		} else {
			memcpy(connection->header + connection->n_header, bytes, part);
			connection->n_header += part;
			if (connection->n_header == HEADER_SIZE)
				count_message(connection, totals);
		}
		bytes += part;
		len -= part;
	}
}

static void
read_answers(struct connection *connections, struct pollfd *polls, size_t n, struct totals *totals)
{
	static uint8_t buffer[BUFFER_SIZE];

	if (poll(polls, n, 0) <= 0)
		return;
	for (size_t i = 0; i < n; i++) {
		ssize_t len = polls[i].revents != 0 ? recv(polls[i].fd, buffer, sizeof(buffer), MSG_DONTWAIT) : 0;

		if (len > 0)
			take_bytes(&connections[i], buffer, (size_t) len, totals);
		else if (polls[i].revents != 0)
			fail("the bus hung up");
	}
}

/* --- Load --- */

static void
make_silent(struct connection *connection, struct message *call)
{
	struct message match = make_call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
					 "AddMatch", (const char *const[]){"type='signal',sender='" NAME "'", NULL});

	send_call(connection, &match);
	for (int i = 0; i < SILENT_CALLS; i++)
		send_call(connection, call);
}

static void
sleep_until(int64_t when)
{
	struct timespec ts = {.tv_sec = when / NSEC_PER_SEC, .tv_nsec = when % NSEC_PER_SEC};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static void
load(struct connection *clients, size_t n, long rate, struct message *get_all, struct message *get)
{
	struct pollfd polls[MAX_CONNECTIONS];
	struct totals totals = {0};
	int64_t start = now_ns();
	uint64_t due = 0;

	for (size_t i = 0; i < n; i++)
		polls[i] = (struct pollfd){.fd = clients[i].fd, .events = POLLIN};
	for (int64_t tick = start; !stopped; tick += TICK_NS) {
		uint64_t wanted = (uint64_t) ((tick - start) / TICK_NS) * (uint64_t) rate / 1000;

		sleep_until(tick);
		read_answers(clients, polls, n, &totals);
		for (; due < wanted; due++) {
			struct connection *client = &clients[due % n];

			if (client->waiting >= ANSWERS_MAX)
				continue;
			send_call(client, due / n % ALL_EACH == due % ALL_EACH ? get_all : get);
			totals.calls++;
		}
	}
	printf("calls=%llu answers=%llu errors=%llu ns=%lld\n", (unsigned long long) totals.calls,
	       (unsigned long long) totals.answers, (unsigned long long) totals.errors, (long long) (now_ns() - start));
}

int
main(int argc, char **argv)
{
	static struct connection connections[MAX_CONNECTIONS];
	const struct sigaction action = {.sa_handler = on_signal};
	size_t n_clients, n_silent;
	struct message get_all, get;
	char path[100];

	if (argc != 6) {
		fprintf(stderr, "Usage: busload SOCKET CLIENTS RATE SILENT BOND\n");
		return 2;
	}
	n_clients = (size_t) number("busload", argv[2], 1, MAX_CONNECTIONS / 2);
	n_silent = (size_t) number("busload", argv[4], 0, MAX_CONNECTIONS / 2);
	snprintf(path, sizeof(path), "/org/example/Bond/%s", argv[5]);
	get_all = make_call(NAME, path, PROPERTIES, "GetAll", (const char *const[]){NAME, NULL});
	get = make_call(NAME, path, PROPERTIES, "Get", (const char *const[]){NAME, "ActivePort", NULL});
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < n_clients + n_silent; i++)
		connect_to(&connections[i], argv[1]);
	for (size_t i = 0; i < n_silent; i++)
		make_silent(&connections[n_clients + i], &get_all);
	printf("ready\n");
	fflush(stdout);
	load(connections, n_clients, number("busload", argv[3], 1, 1000000), &get_all, &get);
	return 0;
}
