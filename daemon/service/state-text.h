/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a daemon leaves for the next, as text: a key file with a group for each bond and each port. Keys that are not
 * known are ignored, and those that are missing are zero: an older or newer daemon wrote it.
 */
#pragma once

#include "host-options.h"

#include "engine/state.h"

G_BEGIN_DECLS

/* GError domain: a text that is no state. */
#define STATE_ERROR (state_error_quark())
GQuark state_error_quark(void);

struct state_port {
	struct bond_port_state engine;
	struct bond_mac mac; /* of the device, as a port */
	gboolean joining;    /* it is not one yet: it only has what it was to be given back */
	/* struct port_device */
	gboolean was_up;
	gboolean was_rxvlan;
	gboolean was_ipv6;
	gboolean promisc;
	struct bond_mac device_mac;
	guint device_mtu;
};

struct state_bond {
	struct bond_state engine;
	struct host_options host;
	struct datapath_remains remains;
	gboolean up;
	GArray *ports; /* struct state_port, in the order of the bond */
};

struct state {
	char boot[64];	  /* the kernel's boot_id: interface indices are of no use after it */
	char network[32]; /* the network namespace that the bonds are in */
	char *applied;	  /* applier_save(), or NULL */
	GPtrArray *bonds; /* struct state_bond */
};

struct state *state_new(void);
void state_free(struct state *state);
/* Returns: (transfer none): a bond, added at the end. */
struct state_bond *state_add_bond(struct state *state);

/* Returns: (transfer full): the text. */
char *state_to_text(const struct state *state);

/**
 * state_from_text:
 * @error: STATE_ERROR: it is no key file, ends too early, or has impossible values; the message says which
 */
struct state *state_from_text(const char *text, gsize len, GError **error);

G_END_DECLS
