/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tap-device.h"

#include "tap-queue.skel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TAP_DEVICE "/dev/net/tun"

static int
tap_open_queue(const char *name, int *err)
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE};
	int fd = open(TAP_DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0) {
		g_strlcpy(request.ifr_name, name, sizeof(request.ifr_name));
		if (ioctl(fd, TUNSETIFF, &request) == 0 &&
		    ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN) == 0)
			return fd;
	}
	*err = errno;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The device keeps the program. */
static gboolean
tap_set_program(struct tap_device *tap)
{
	struct tap_queue *program = tap_queue__open();
	gboolean done = FALSE;
	int fd;

	if (program == NULL)
		return FALSE;
	program->rodata->n_workers = tap->n_workers;
	if (tap_queue__load(program) == 0) {
		fd = bpf_program__fd(program->progs.bondd_tap_queue);
		done = ioctl(tap->workers[0], TUNSETSTEERINGEBPF, &fd) == 0;
	}
	tap_queue__destroy(program);
	return done;
}

static gboolean
tap_open_mapped(struct tap_device *tap, const char *name, int *err)
{
	for (guint i = 0; i < TAP_MAPPED_QUEUES; i++) {
		tap->mapped[i] = tap_open_queue(name, err);
		if (tap->mapped[i] < 0)
			return FALSE;
	}
	return TRUE;
}

/* The order in which they are opened is that of their numbers: the first worker's, the mapped ones, the others. */
static gboolean
tap_open_queues(struct tap_device *tap, const char *name, gboolean mapped, int *err)
{
	if (tap->workers[0] < 0)
		tap->workers[0] = tap_open_queue(name, err);
	if (tap->workers[0] < 0)
		return FALSE;
	if (mapped && tap_set_program(tap)) {
		if (!tap_open_mapped(tap, name, err))
			return FALSE;
	} else if (mapped) {
		g_message("%s: the kernel takes no program to choose queues (%s): queue_id does not steer frames", name,
			  g_strerror(errno));
	}
	for (guint i = 1; i < tap->n_workers; i++) {
		tap->workers[i] = tap_open_queue(name, err);
		if (tap->workers[i] < 0)
			return FALSE;
	}
	return TRUE;
}

/* Whether it is a queue of the device, and of the kind that we open. */
static gboolean
tap_is_queue_of(int fd, const char *name)
{
	const int flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE;
	struct ifreq request = {0};

	return ioctl(fd, TUNGETIFF, &request) == 0 && strcmp(request.ifr_name, name) == 0 &&
	       (request.ifr_flags & flags) == flags && fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

struct tap_device *
tap_device_open(const char *name, guint n_workers, gboolean mapped, GError **error)
{
	return tap_device_adopt(name, n_workers, mapped, -1, error);
}

struct tap_device *
tap_device_adopt(const char *name, guint n_workers, gboolean mapped, int fd, GError **error)
{
	struct tap_device *tap = g_new0(struct tap_device, 1);
	int err = 0;

	tap->n_workers = n_workers;
	tap->workers = g_new(int, n_workers);
	memset(tap->workers, 0xff, n_workers * sizeof(int));
	memset(tap->mapped, 0xff, sizeof(tap->mapped));
	if (fd >= 0 && tap_is_queue_of(fd, name))
		tap->workers[0] = fd;
	else if (fd >= 0)
		close(fd);
	if (tap_open_queues(tap, name, mapped, &err))
		return tap;
	g_set_error(error, DATAPATH_ERROR,
		    err == EPERM || err == EACCES ? DATAPATH_ERROR_NOT_PERMITTED : DATAPATH_ERROR_FAILED,
		    "cannot make the TAP device %s by " TAP_DEVICE ": %s", name, g_strerror(err));
	tap_device_close(tap);
	return NULL;
}

void
tap_device_close(struct tap_device *tap)
{
	for (guint i = 0; i < TAP_MAPPED_QUEUES; i++) {
		if (tap->mapped[i] >= 0)
			close(tap->mapped[i]);
	}
	for (guint i = 0; i < tap->n_workers; i++) {
		if (tap->workers[i] >= 0)
			close(tap->workers[i]);
	}
	g_free(tap->workers);
	g_free(tap);
}

gboolean
tap_device_persist(const struct tap_device *tap, const char *name, GError **error)
{
	if (ioctl(tap->workers[0], TUNSETPERSIST, 1) == 0)
		return TRUE;
	g_set_error(error, DATAPATH_ERROR, DATAPATH_ERROR_FAILED, "%s: cannot make it outlive the daemon: %s", name,
		    g_strerror(errno));
	return FALSE;
}

gboolean
tap_device_set_carrier(const struct tap_device *tap, const char *name, gboolean up, GError **error)
{
	int value = up;

	if (ioctl(tap->workers[0], TUNSETCARRIER, &value) == 0)
		return TRUE;
	g_set_error(error, DATAPATH_ERROR, DATAPATH_ERROR_FAILED, "%s: cannot set its carrier: %s", name,
		    g_strerror(errno));
	return FALSE;
}
