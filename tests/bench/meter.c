/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What happens while some seconds pass: packets that devices of this network namespace receive, and CPU time that a
 * process with all its threads uses.
 *
 *   meter SECONDS PID DEVICE…
 *
 * Prints one line of key=value: ns (that passed), cpu_ns, and received packets per device.
 */
#include "packet.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#define MAX_DEVICES 8

struct reading {
	int64_t time;
	int64_t cpu;
	uint64_t packets[MAX_DEVICES];
};

/* The first number of a small file, 0 if there is none. */
static uint64_t
read_number(const char *path)
{
	FILE *file = fopen(path, "re");
	uint64_t value = 0;

	if (file == NULL)
		return 0;
	if (fscanf(file, "%" SCNu64, &value) != 1)
		value = 0;
	fclose(file);
	return value;
}

static int64_t
cpu_time(long pid)
{
	char path[300];
	struct dirent *entry;
	int64_t total = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%ld/task", pid);
	tasks = opendir(path);
	if (tasks == NULL)
		return 0;
	while ((entry = readdir(tasks)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%ld/task/%.16s/schedstat", pid, entry->d_name);
		total += (int64_t) read_number(path);
	}
	closedir(tasks);
	return total;
}

static void
take(struct reading *reading, long pid, char **devices, int n)
{
	char path[300];

	reading->time = now_ns();
	reading->cpu = cpu_time(pid);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/sys/class/net/%.16s/statistics/rx_packets", devices[i]);
		reading->packets[i] = read_number(path);
	}
}

int
main(int argc, char **argv)
{
	struct reading before;
	struct reading after;
	int n = argc - 3;
	long pid;

	if (n < 0 || n > MAX_DEVICES) {
		fprintf(stderr, "Usage: meter SECONDS PID DEVICE…\n");
		return 2;
	}
	pid = number("meter", argv[2], 1, 1 << 30);
	take(&before, pid, argv + 3, n);
	usleep((useconds_t) (strtod(argv[1], NULL) * 1e6));
	take(&after, pid, argv + 3, n);
	printf("ns=%" PRId64 " cpu_ns=%" PRId64, after.time - before.time, after.cpu - before.cpu);
	for (int i = 0; i < n; i++)
		printf(" %s=%" PRIu64, argv[3 + i], after.packets[i] - before.packets[i]);
	printf("\n");
	return 0;
}
