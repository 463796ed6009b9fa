/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "order.h"

#include "wire.h"

#include "engine/wire.h"

#define TYPE_SLOW_PROTOCOLS 0x8809
#define SUBTYPE_LACP	    1
#define ACTOR_SYSTEM	    (WIRE_ETH_HEADER + 6)
#define TICK		    (100 * BOND_MSEC)
/* Ticks of the recorded kernel fall where its jiffies are a multiple of 8; what is said elsewhere answers to a command.
 * The first one comes 97 to 104 ms after the bond went up; the log's times are rounded. */
#define JIFFIES_OF_TICKS (8 * BOND_MSEC)
#define ACCURACY	 (BOND_MSEC / 10)
#define FIRST_TICK_MIN	 ENGINE_TIME(96 * BOND_MSEC)
#define FIRST_TICK_MAX	 ENGINE_TIME(106 * BOND_MSEC)

/* A tick in which both ends of a cable spoke. */
struct hint {
	bond_time at; /* on the engine's clock */
	gboolean partner_first;
	gboolean constant; /* the order stays from tick to tick, as far as it can be seen here */
};

/* Somebody had a tick. */
struct speech {
	bond_time at; /* on the engine's clock */
	enum device_side side;
	struct bond_mac system;
};

struct order {
	GHashTable *wires; /* name of a far end -> GArray of struct hint */
	GArray *speeches;
	struct order_guess guess;
};

/* --- What was said --- */

/* The tick of that moment on the engine's clock, or BOND_TIME_NEVER if there is none. */
static bond_time
tick_at(const struct scenario *scenario, bond_time at)
{
	bond_time tick =
	    (scenario->t0 + at + JIFFIES_OF_TICKS / 2) / JIFFIES_OF_TICKS * JIFFIES_OF_TICKS - scenario->t0;

	return ABS(tick - at) <= ACCURACY ? ENGINE_TIME(tick) : BOND_TIME_NEVER;
}

static gboolean
is_lacpdu(const guint8 *data, gsize len)
{
	return len >= ACTOR_SYSTEM + BOND_ETH_ALEN && wire_get16(data + 2 * BOND_ETH_ALEN) == TYPE_SLOW_PROTOCOLS &&
	       data[WIRE_ETH_HEADER] == SUBTYPE_LACP;
}

/* Both ends spoke at that moment: which of them first. */
static void
add_hint(GArray *hints, bond_time at, gboolean partner_first)
{
	struct hint hint = {.at = at, .partner_first = partner_first};
	const struct hint *last = hints->len > 0 ? &g_array_index(hints, struct hint, hints->len - 1) : NULL;

	if (last == NULL || at - last->at > TICK / 2)
		g_array_append_val(hints, hint);
}

static void
read_wire(struct order *order, GArray *hints, const struct scenario *scenario, GPtrArray *frames,
	  const struct bond_mac *far_mac)
{
	struct speech first = {.at = BOND_TIME_NEVER};

	for (guint i = 0; i < frames->len; i++) {
		const struct wire_frame *frame = g_ptr_array_index(frames, i);
		struct speech speech = {.at = tick_at(scenario, frame->at)};
		gsize len;
		const guint8 *data = g_bytes_get_data(frame->bytes, &len);

		if (speech.at == BOND_TIME_NEVER || !is_lacpdu(data, len))
			continue;
		speech.side = memcmp(data + BOND_ETH_ALEN, far_mac->b, BOND_ETH_ALEN) == 0 ? SIDE_SWITCH : SIDE_HOST;
		memcpy(speech.system.b, data + ACTOR_SYSTEM, BOND_ETH_ALEN);
		g_array_append_val(order->speeches, speech);
		if (speech.at == first.at && speech.side != first.side)
			add_hint(hints, speech.at, first.side == SIDE_SWITCH);
		if (speech.at != first.at)
			first = speech;
	}
}

static guint
ticks_between(bond_time from, bond_time to)
{
	return (guint) ((ABS(to - from) + TICK / 2) / TICK);
}

/* Timers that are armed for the same moment mostly fire last in, first out: who was first in one tick is last in the
 * next. Some keep their order: they run one behind the other anyway. */
static void
find_constants(GArray *hints)
{
	gboolean constant = FALSE;

	for (guint i = 0; i + 1 < hints->len; i++) {
		struct hint *hint = &g_array_index(hints, struct hint, i);
		const struct hint *next = hint + 1;

		if (ticks_between(hint->at, next->at) % 2 != 0)
			constant = hint->partner_first == next->partner_first;
		hint->constant = constant;
		g_array_index(hints, struct hint, i + 1).constant = constant;
	}
}

/* "wire-p0p.pcap" */
static void
load_wire(struct order *order, const struct scenario *scenario, const char *file)
{
	g_autofree char *path = g_build_filename(scenario->folder, file, NULL);
	g_autofree char *name = g_strndup(file + strlen("wire-"), strlen(file) - strlen("wire-.pcap"));
	g_autoptr(GHashTable) nobody = g_hash_table_new(NULL, NULL);
	g_autoptr(GPtrArray) frames = wire_load(path, nobody, NULL);
	struct bond_mac far_mac = world_far_mac(name);
	GArray *hints = g_array_new(FALSE, FALSE, sizeof(struct hint));

	if (frames != NULL)
		read_wire(order, hints, scenario, frames, &far_mac);
	find_constants(hints);
	g_hash_table_insert(order->wires, g_steal_pointer(&name), hints);
}

struct order *
order_load(const struct scenario *scenario, const struct order_guess *guess)
{
	struct order *order = g_new0(struct order, 1);
	g_autoptr(GDir) dir = g_dir_open(scenario->folder, 0, NULL);
	const char *file;

	order->wires = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_array_unref);
	order->speeches = g_array_new(FALSE, FALSE, sizeof(struct speech));
	order->guess = *guess;
	while (dir != NULL && (file = g_dir_read_name(dir)) != NULL)
		if (g_str_has_prefix(file, "wire-") && g_str_has_suffix(file, ".pcap"))
			load_wire(order, scenario, file);
	return order;
}

void
order_free(struct order *order)
{
	g_hash_table_unref(order->wires);
	g_array_unref(order->speeches);
	g_free(order);
}

/* --- Who is first --- */

/* The last tick up to @at of all cables to the partner, or the first one behind it. */
static const struct hint *
find_hint(const struct order *order, const struct device *partner, bond_time at, gboolean before)
{
	const struct hint *best = NULL;

	for (guint i = 0; i < partner->world->devices->len; i++) {
		const struct device *device = g_ptr_array_index(partner->world->devices, i);
		const GArray *hints =
		    device->master == partner ? g_hash_table_lookup(order->wires, device->name) : NULL;

		for (guint n = 0; hints != NULL && n < hints->len; n++) {
			const struct hint *hint = &g_array_index(hints, struct hint, n);

			if ((hint->at <= at + TICK / 2) != before)
				continue;
			if (best == NULL || (before ? hint->at > best->at : hint->at < best->at))
				best = hint;
		}
	}
	return best;
}

static gboolean
conclude(const struct hint *hint, bond_time at)
{
	gboolean other = !hint->constant && ticks_between(hint->at, at) % 2 != 0;

	return hint->partner_first != other;
}

bond_time
order_first_tick(const struct order *order, const struct device *bond, bond_time went_up)
{
	for (guint i = 0; i < order->speeches->len; i++) {
		const struct speech *speech = &g_array_index(order->speeches, struct speech, i);
		bond_time first;

		/* The host's bond has a random address until its first port comes. */
		if (speech->side != bond->side || speech->at < went_up + FIRST_TICK_MIN ||
		    (bond->side == SIDE_SWITCH && !bond_mac_equal(&speech->system, &bond->mac)))
			continue;
		first = went_up + FIRST_TICK_MIN + (speech->at - went_up - FIRST_TICK_MIN) % TICK;
		if (first <= went_up + FIRST_TICK_MAX)
			return first;
	}
	return BOND_TIME_NEVER;
}

gboolean
order_partner_first(const struct order *order, const struct device *partner, bond_time at)
{
	const struct hint *last = find_hint(order, partner, at, TRUE);
	const struct hint *next = find_hint(order, partner, at, FALSE);

	if (last == NULL && next == NULL)
		return (ticks_between(partner->ticks, at) % 2 == 0) == order->guess.partner_first;
	if (last == NULL || next == NULL)
		return conclude(last != NULL ? last : next, at);
	if (ticks_between(last->at, at) * (ORDER_CHANGES - 1) <=
	    ticks_between(last->at, next->at) * order->guess.change)
		return conclude(last, at);
	return conclude(next, at);
}
