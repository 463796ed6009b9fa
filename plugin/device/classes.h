/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * NetworkManager's classes that the plugin builds upon.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

struct classes {
	GType device;	    /* NMDevice */
	GType factory;	    /* NMDeviceFactory */
	GType bond_factory; /* NMBondDeviceFactory */
	GType tun_factory;  /* NMTunDeviceFactory */
};

/**
 * classes_find:
 * @classes: (out)
 * @error: G_IO_ERROR_NOT_SUPPORTED: what differs
 *
 * Compares version, sizes of classes and factories with what we were built for.
 */
gboolean classes_find(struct classes *classes, GError **error);

G_END_DECLS
