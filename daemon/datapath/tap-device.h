/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A TAP device and its queues: one for each worker, and as many as the kernel's driver has for the frames that an
 * administrator maps to a queue (`tc … action skbedit queue_mapping`).
 */
#pragma once

#include "datapath.h"

G_BEGIN_DECLS

/* queue_id 1 to 16 */
#define TAP_MAPPED_QUEUES 16

struct tap_device {
	guint n_workers;
	int *workers;		       /* by worker */
	int mapped[TAP_MAPPED_QUEUES]; /* mapped[n - 1] is queue n; -1: the device has none */
};

/**
 * tap_device_open:
 * @name: of the device, which nobody has; or which an earlier daemon has made persistent
 *
 * @mapped: whether frames may be mapped to queues of it
 *
 * Makes the device; it is there until all is closed. Without the kernel's help in choosing queues it has none but
 * the workers'.
 */
struct tap_device *tap_device_open(const char *name, guint n_workers, gboolean mapped, GError **error);

/**
 * tap_device_adopt:
 * @fd: (transfer full): the first worker's queue of the device @name, as an earlier daemon has opened it; or -1
 *
 * The same for a device that is there.
 */
struct tap_device *tap_device_adopt(const char *name, guint n_workers, gboolean mapped, int fd, GError **error);

/* It stays when all is closed, until it is removed. */
gboolean tap_device_persist(const struct tap_device *tap, const char *name, GError **error);
void tap_device_close(struct tap_device *tap);

gboolean tap_device_set_carrier(const struct tap_device *tap, const char *name, gboolean up, GError **error);

G_END_DECLS
