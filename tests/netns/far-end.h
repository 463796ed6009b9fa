/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A small network for tests of the datapath: this process in a network namespace of its own, a second namespace for
 * the far ends, and numbered frames that show any damage.
 */
#pragma once

#include "engine/types.h"

#include <sys/types.h>

G_BEGIN_DECLS

#define FAR_N_PORTS 3
/* Of the numbered frames. */
#define FAR_ETHERTYPE 0x88b5

struct far_end {
	pid_t holder; /* a process that keeps the far namespace */
	int near_ns;
	int far_ns;
	int packet[FAR_N_PORTS]; /* raw sockets on f0, f1, … */
};

/* Runs a command and stops the test if it fails; its output. */
char *far_run(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* Whether the command could be run with success. */
gboolean far_try(const char *command);

/**
 * far_new:
 *
 * Makes p0 and f0, p1 and f1, … with all of them up, in fresh namespaces; each with so many queues.
 */
struct far_end *far_new(guint mtu, guint n_queues);
void far_free(struct far_end *far);

/* Runs a command in the far namespace. */
#define FAR_RUN(far, ...)                                                                                              \
	G_STMT_START                                                                                                   \
	{                                                                                                              \
		g_autofree char *far_run_text = g_strdup_printf(__VA_ARGS__);                                          \
		g_free(far_run("nsenter -t %d -n %s", (int) (far)->holder, far_run_text));                             \
	}                                                                                                              \
	G_STMT_END
#define RUN(...) g_free(far_run(__VA_ARGS__))

/* The calling thread in the far namespace, and back. */
void far_enter(const struct far_end *far);
void far_leave(const struct far_end *far);

/* A raw socket on an interface of the caller's namespace, nonblocking, without what the host itself sends. */
int far_packet_socket(const char *ifname);

/* Writes numbered frame @seq: @vlan 0 or a tag, all bytes a function of the number and the length. */
gsize far_frame_make(guint8 *frame, gsize len, guint32 seq, guint16 vlan);

/* Whether it is a numbered frame, whole and undamaged. Its number, and its tag if it had one. */
gboolean far_frame_check(const guint8 *frame, gsize len, guint32 *seq, guint16 *vlan);

/* What far_collect() saw. */
struct far_seen {
	guint n;
	guint damaged;
	guint repeated;
	guint tagged; /* with the wanted tag */
	guint8 *seqs; /* by number: how often */
	guint n_seqs;
};

void far_seen_init(struct far_seen *seen, guint n_seqs);
void far_seen_clear(struct far_seen *seen);

/* Reads what is there now. Returns how many numbered frames. */
guint far_collect(int fd, struct far_seen *seen, guint16 vlan);
/* Reads until @n numbered frames were seen in all or @ms pass without one. */
void far_collect_until(int fd, struct far_seen *seen, guint n, guint ms, guint16 vlan);

/* Sends numbered frames @from to @from + @n - 1, and waits when the device's queue is full. */
void far_send(int fd, guint32 from, guint n, gsize len, guint16 vlan);

G_END_DECLS
