/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether the process that loaded us is a NetworkManager that nm-abi.h describes. If not, nothing of it is touched.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What of NetworkManager the plugin builds upon. */
struct guard {
	GType device;	    /* NMDevice */
	GType factory;	    /* NMDeviceFactory */
	GType bond_factory; /* NMBondDeviceFactory */
	GType tun_factory;  /* NMTunDeviceFactory */
};

/**
 * guard_check:
 * @guard: (out)
 * @error: G_IO_ERROR_NOT_SUPPORTED: what differs
 *
 * Compares version, sizes of classes and factories with what we were built for.
 */
gboolean guard_check(struct guard *guard, GError **error);

/**
 * guard_version_is_known:
 * @path: of a file in a directory of NetworkManager's plugins, which is named after its version: …/NetworkManager/1.42.4/…
 *
 * Returns: whether it is a version whose layouts we know, or no version at all, where sizes must do.
 */
gboolean guard_version_is_known(const char *path, GError **error);

G_END_DECLS
