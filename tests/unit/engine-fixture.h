/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A bond in a made-up world, for tests of the engine: devices that remember what was asked of them, a clock that
 * the test turns, and a trace of everything the engine did.
 */
#pragma once

#include "engine/bond.h"

G_BEGIN_DECLS

#define FX_MAX_DEVICES 8

/* A network device. The test may write its fields before it is enslaved. */
struct fx_device {
	char name[BOND_NAME_SIZE];
	int ifindex;
	struct bond_mac mac;
	struct bond_mac born_mac;
	guint mtu;
	guint born_mtu;
	guint16 type;
	gboolean up;
	gboolean carrier; /* of the cable: seen while the device is up */
	enum bond_device_link driver_link;
	gboolean fixed_mac;
	gboolean has_master;
	gboolean above_bond;
	gboolean loopback;
	gboolean filters; /* the bond's filters are on it */
	guint32 speed;
	enum bond_duplex duplex;
	gboolean promisc;
	guint n_groups;	   /* multicast groups that it was to join */
	bond_time last_rx; /* what the workers tell of it */
	struct bond_port *port;
};

struct fx {
	struct bond *bond;
	bond_time now;
	struct fx_device devices[FX_MAX_DEVICES]; /* p0, p1, … */
	struct bond_plan *plan;			  /* as last published, or NULL */
	guint n_plans;
	gboolean carrier; /* as last told */
	struct bond_mac mac;
	guint mtu;
	guint n_notified;
	guint n_igmp;
	GPtrArray *trace; /* of strings */
	const char *fail; /* an operation that begins so fails … */
	int fail_errno;	  /* … with this */
	guint fail_after; /* … after so many that did not */
	guint32 random;
	/* What is behind the cables, and the host's addresses and routes; any may be NULL. */
	void (*on_send)(struct fx *fx, guint i, const guint8 *frame, gsize len);
	enum bond_route_way (*on_route)(struct fx *fx, const struct bond_ip *target, struct bond_route *route);
	gboolean (*on_has_address)(struct fx *fx, const struct bond_ip *address);
	gboolean (*on_is_bridged)(struct fx *fx, const struct bond_mac *mac, const struct bond_ip *ip);
	void *network; /* the test's own */
	struct bond_upper uppers[4];
	guint n_uppers;
	guint64 loads[BOND_N_LOADS]; /* as if workers had sent it */
};

/* A bond with devices p0 … p7, MACs 02:00:00:00:00:01 …, 1000 Mbit/s, cables plugged in. @settings: "name",
 * "value", …, NULL. */
struct fx *fx_new(const char *first_setting, ...);
/* What a bond of the test's own is to be made with; user is the fixture. */
const struct bond_ops *fx_ops(void);
/* Frees the bond and checks that every device has back what it was born with. */
void fx_free(struct fx *fx);

/* Sets an option as sysfs does; it must work. */
void fx_set(struct fx *fx, const char *name, const char *value);
/* Same, and it must fail with @errnum. */
void fx_set_fails(struct fx *fx, const char *name, const char *value, int errnum);
void fx_set_port(struct fx *fx, guint i, const char *name, const char *value);
/* Enslaves p@i. */
struct bond_port *fx_try_add(struct fx *fx, guint i, GError **error);
/* Same, and it must work. */
struct bond_port *fx_add(struct fx *fx, guint i);
/* Same, and it must fail with @errnum. */
void fx_add_fails(struct fx *fx, guint i, int errnum);
/* Enslaves p0 … p(n-1), sets the bond up and runs it. */
void fx_start(struct fx *fx, guint n);
void fx_remove(struct fx *fx, guint i);
/* The device vanishes; one of the same name is there at once, as new. */
void fx_gone(struct fx *fx, guint i);
void fx_up(struct fx *fx, gboolean up);

/* Changes without running the engine: several at once. */
void fx_plug(struct fx *fx, guint i, gboolean carrier);
void fx_admin(struct fx *fx, guint i, gboolean up);
/* bond_run() now. */
void fx_run(struct fx *fx);
/* fx_plug() and fx_run(). */
void fx_carrier(struct fx *fx, guint i, gboolean carrier);
/* p@i received a frame that goes to the control thread. */
void fx_receive(struct fx *fx, guint i, const guint8 *frame, gsize len);
/* Turns the clock; the engine runs whenever it asked for it. */
void fx_wait(struct fx *fx, guint ms);

struct bond_port *fx_port(struct fx *fx, guint i);
enum bond_link fx_link(struct fx *fx, guint i);
/* "p1", or "none". */
const char *fx_active(struct fx *fx);
/* The plan in one line: "one p0; rx p0", "rr p0 p1; usable p0; rx p0 p1", … */
char *fx_plan(struct fx *fx);
#define fx_assert_plan(fx, expected)                                                                                   \
	do {                                                                                                           \
		g_autofree char *plan_text_ = fx_plan(fx);                                                             \
		g_assert_cmpstr(plan_text_, ==, expected);                                                             \
	} while (0)

/* What happened since fx_clear(), of lines that begin with one of the comma-separated @prefixes (%NULL: all),
 * joined by "; ". */
char *fx_trace(struct fx *fx, const char *prefixes);
void fx_clear(struct fx *fx);
#define fx_assert_trace(fx, prefixes, expected)                                                                        \
	do {                                                                                                           \
		g_autofree char *trace_text_ = fx_trace(fx, prefixes);                                                 \
		g_assert_cmpstr(trace_text_, ==, expected);                                                            \
	} while (0)

struct bond_mac fx_mac(guint8 last);
#define fx_assert_mac(a, b)                                                                                            \
	do {                                                                                                           \
		struct bond_mac mac_a_ = (a);                                                                          \
		struct bond_mac mac_b_ = (b);                                                                          \
		g_assert_cmpmem(&mac_a_, sizeof(mac_a_), &mac_b_, sizeof(mac_b_));                                     \
	} while (0)

G_END_DECLS
