/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Vectors of transmit decisions: frames, and the port that a real bond chose for each, by column. A file is lines of
 * tab-separated fields: `id category hex`, then one field a column, the number in the port's name. The first line
 * names the columns:
 *
 *   MODE[-orderDDDD][-pNdown]:POLICY:PORTS     MODE is xor or ad; ports were enslaved in the order of the digits
 *   rr:ppsN:PORTS
 *
 * Frames came in on another device and were forwarded, so a tag was beside the frame: as ours is taken to be.
 */
#pragma once

#include "engine/plan.h"

G_BEGIN_DECLS

#define VECTORS_ERROR (vectors_error_quark())
GQuark vectors_error_quark(void);

enum vectors_error {
	VECTORS_ERROR_FORMAT, /* the file */
	VECTORS_ERROR_COLUMN, /* a column that we cannot compute */
};

struct vectors_row {
	guint id;
	char *category;
	guint8 *frame;
	gsize len;
	guint8 *ports; /* one a column */
};

struct vectors {
	GPtrArray *columns; /* char * */
	GPtrArray *rows;    /* struct vectors_row * */
};

struct vectors_miss {
	const struct vectors_row *row;
	guint8 expected;
	guint8 chosen; /* BOND_PORT_NONE: dropped */
};

/**
 * vectors_load:
 * @error: VECTORS_ERROR_FORMAT with file and line, or a G_FILE_ERROR
 *
 * Returns: (transfer full): the vectors of a file, or %NULL.
 */
struct vectors *vectors_load(const char *path, GError **error);

void vectors_free(struct vectors *vectors);

/* A bond, what it transmits by, and the number in the name of each port id. */
struct vectors_bond {
	struct bond *bond;
	struct bond_plan plan;
	guint8 numbers[BOND_MAX_PORTS];
	bond_port_id sent; /* by which port the engine sent a frame itself */
};

/**
 * vectors_open:
 * @column: its name
 * @bond: (out): a bond of that kind, up and settled; vectors_close() it
 * @error: VECTORS_ERROR_COLUMN: the name is not understood; or what the engine refuses
 */
gboolean vectors_open(const char *column, struct vectors_bond *bond, GError **error);

void vectors_close(struct vectors_bond *bond);

/**
 * vectors_check:
 * @misses: (element-type vectors_miss): where ours differ are appended
 * @error: as vectors_open()
 *
 * Lets bond_plan_transmit() choose for each frame of column number @column, and the engine for those that it wants to
 * see.
 */
gboolean vectors_check(const struct vectors *vectors, guint column, GArray *misses, GError **error);

G_END_DECLS
