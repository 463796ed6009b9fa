/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Members of a bond: how a device becomes one, what it tells, how it leaves. Whatever was changed on the device
 * is changed back.
 */
#include <errno.h>
#include <net/if_arp.h>

#include "bond-private.h"

/* --- States --- */

gboolean
port_is_up(const struct bond_port *port)
{
	return port->dev.running && port->dev.carrier;
}

gboolean
port_can_tx(const struct bond_port *port)
{
	return port_is_up(port) && port->link == BOND_LINK_UP && !port->backup;
}

void
port_set_active_flags(struct bond_port *port)
{
	if (port->backup)
		bond_arp_role_ends(port);
	port->backup = FALSE;
	port->inactive = FALSE;
	bond_mark_plan(port->bond);
}

void
port_set_inactive_flags(struct bond_port *port)
{
	enum bond_mode mode = port->bond->params.mode;

	/* In the two balancing modes all ports transmit; only receiving is the current one's (kernel-semantics 2). */
	if (mode != BOND_MODE_TLB && mode != BOND_MODE_ALB) {
		if (!port->backup)
			bond_arp_role_ends(port);
		port->backup = TRUE;
	}
	if (!port->bond->params.all_slaves_active)
		port->inactive = TRUE;
	bond_mark_plan(port->bond);
}

void
port_change_link(struct bond_port *port, enum bond_link link, bond_time now)
{
	struct bond_event event = {.type = BOND_EVENT_PORT_LINK, .port = port, .old_link = port->link, .link = link};

	if (port->link == link)
		return;
	port->link = link;
	bond_mark_plan(port->bond);
	bond_emit(port->bond, event, now);
}

void
port_log(struct bond_port *port, bond_time now, GLogLevelFlags level, const char *format, ...)
{
	va_list args;
	g_autofree char *message = NULL;
	g_autofree char *text = NULL;

	va_start(args, format);
	message = g_strdup_vprintf(format, args);
	va_end(args);
	text = g_strdup_printf("(slave %s): %s", port->name, message);
	bond_emit(port->bond,
		  (struct bond_event){.type = BOND_EVENT_LOG, .port = port, .level = level, .message = text}, now);
}

/* --- Asking the device --- */

int
port_change_mac(struct bond_port *port, const struct bond_mac *mac)
{
	const struct bond_ops *ops = port->bond->ops;
	int res = 0;

	if (port->gone)
		return 0;
	if (port->fixed_mac)
		return -EOPNOTSUPP;
	if (ops->set_port_mac != NULL)
		res = ops->set_port_mac(port->bond->user, port, mac);
	if (res == 0) {
		port->mac = *mac;
		bond_mark_plan(port->bond);
	}
	return res;
}

int
port_change_mtu(struct bond_port *port, guint mtu)
{
	const struct bond_ops *ops = port->bond->ops;
	int res = 0;

	if (port->gone || port->mtu == mtu)
		return 0;
	if (ops->set_port_mtu != NULL)
		res = ops->set_port_mtu(port->bond->user, port, mtu);
	if (res == 0)
		port->mtu = mtu;
	return res;
}

static int
port_change_up(struct bond_port *port, gboolean up)
{
	const struct bond_ops *ops = port->bond->ops;
	int res = 0;

	if (port->gone)
		return 0;
	if (ops->set_port_up != NULL)
		res = ops->set_port_up(port->bond->user, port, up);
	if (res == 0)
		port->dev.running = up;
	return res;
}

/* bond_update_speed_duplex(): both are known or none is. */
static void
read_speed(struct bond_port *port)
{
	guint32 speed = port->dev.speed;
	enum bond_duplex duplex = port->dev.duplex;

	if (speed == 0 || speed == BOND_SPEED_UNKNOWN || (duplex != BOND_DUPLEX_HALF && duplex != BOND_DUPLEX_FULL)) {
		speed = BOND_SPEED_UNKNOWN;
		duplex = BOND_DUPLEX_UNKNOWN;
	}
	port->speed = speed;
	port->duplex = duplex;
}

/* --- Enslaving --- */

/* Says it in the log as the kernel does, and better in the error. */
static gboolean
refuse(struct bond *bond, const struct bond_port_info *info, bond_time now, GError **error, int errnum,
       const char *kernel_text, const char *remedy)
{
	GError *local = NULL;

	bond_log(bond, now, G_LOG_LEVEL_CRITICAL, "(slave %s): Error: %s", info->name, kernel_text);
	bond_set_error(&local, errnum, "cannot add %s to %s: %s", info->name, bond->name, remedy);
	bond_error_set_extack(local, kernel_text);
	g_propagate_error(error, local);
	return FALSE;
}

/* A port that nothing can be asked of may lead to fail_over_mac=active, as the kernel helps itself. */
static gboolean
check_mac_support(struct bond *bond, const struct bond_port_info *info, bond_time now, GError **error)
{
	struct bond_event event = {.type = BOND_EVENT_OPTION, .option = BOND_OPT_FAIL_OVER_MAC};

	if (!info->fixed_mac)
		return TRUE;
	bond_log(bond, now, G_LOG_LEVEL_WARNING,
		 "(slave %s): The slave device specified does not support setting the MAC address", info->name);
	if (bond->params.mode != BOND_MODE_ACTIVEBACKUP || bond->params.fail_over_mac == BOND_FOM_ACTIVE)
		return TRUE;
	if (bond->ports->len > 0)
		return refuse(
		    bond, info, now, error, EOPNOTSUPP,
		    "Slave device does not support setting the MAC address, but fail_over_mac is not set to active",
		    "its driver cannot change its MAC address; set fail_over_mac=active first");
	event.old_value = bond_option_value_name(BOND_OPT_FAIL_OVER_MAC, bond->params.fail_over_mac);
	event.value = bond_option_value_name(BOND_OPT_FAIL_OVER_MAC, BOND_FOM_ACTIVE);
	bond->params.fail_over_mac = BOND_FOM_ACTIVE;
	bond_log(bond, now, G_LOG_LEVEL_WARNING, "(slave %s): Setting fail_over_mac to active for active-backup mode",
		 info->name);
	bond_emit(bond, event, now);
	return TRUE;
}

static gboolean
check_type(struct bond *bond, const struct bond_port_info *info, bond_time now, GError **error)
{
	if (info->type == ARPHRD_ETHER)
		return TRUE;
	if (info->type == ARPHRD_INFINIBAND && bond->ports->len == 0 && bond->params.mode != BOND_MODE_ACTIVEBACKUP)
		return refuse(bond, info, now, error, EOPNOTSUPP,
			      "Only active-backup mode is supported for infiniband slaves",
			      "it is no Ethernet device, and a bond here carries Ethernet only");
	return refuse(bond, info, now, error, EINVAL, "Device type is different from other slaves",
		      "it is no Ethernet device, and a bond here carries Ethernet only");
}

/* The refusals of bond_enslave() before it touches anything, in its order. */
static gboolean
check_enslave(struct bond *bond, const struct bond_port_info *info, bond_time now, GError **error)
{
	if (info->has_master || bond_find_port_by_ifindex(bond, info->ifindex) != NULL)
		return refuse(bond, info, now, error, EBUSY, "Device is in use and cannot be enslaved",
			      "it belongs to a bond, bridge or team already; release it there first");
	if (strcmp(info->name, bond->name) == 0)
		return refuse(bond, info, now, error, EPERM, "Cannot enslave bond to itself.",
			      "a bond cannot be its own port");
	if (info->link.running || info->loopback)
		return refuse(bond, info, now, error, EPERM, "Device can not be enslaved while up",
			      info->loopback ? "it is the loopback device" : "it is up; set it down first");
	if (bond->ports->len >= BOND_MAX_PORTS)
		return bond_set_error(error, ENOSPC, "cannot add %s to %s: it has %d ports, and no more are possible",
				      info->name, bond->name, BOND_MAX_PORTS);
	if (!check_type(bond, info, now, error) || !check_mac_support(bond, info, now, error))
		return FALSE;
	if (info->above_bond)
		return bond_set_error(error, EBUSY,
				      "cannot add %s to %s: it stands on %s itself; frames would run in circles",
				      info->name, bond->name, bond->name);
	return TRUE;
}

static bond_port_id
free_id(const struct bond *bond)
{
	bond_port_id id = 0;

	while ((bond->used_ids >> id) & 1)
		id++;
	return id;
}

struct bond_port *
bond_port_new(struct bond *bond, const struct bond_port_info *info)
{
	struct bond_port *port = g_new0(struct bond_port, 1);

	port->bond = bond;
	g_strlcpy(port->name, info->name, sizeof(port->name));
	port->ifindex = info->ifindex;
	port->type = info->type;
	port->fixed_mac = info->fixed_mac;
	port->perm_mac = info->mac;
	port->mac = info->mac;
	port->saved_mtu = info->mtu;
	port->mtu = info->mtu;
	port->dev = info->link;
	port->delay_end = BOND_TIME_NEVER;
	port->link = BOND_LINK_DOWN;
	port->last_link_up = LONG_AGO;
	port->down_reason = BOND_REASON_CARRIER;
	port->ad_actor_port_prio = 255;
	port->id = free_id(bond);
	bond->used_ids |= G_GUINT64_CONSTANT(1) << port->id;
	return port;
}

static void
port_free(struct bond_port *port)
{
	port->bond->used_ids &= ~(G_GUINT64_CONSTANT(1) << port->id);
	g_free(port);
}

/* eth_random_addr() */
static struct bond_mac
random_mac(const struct bond *bond, const struct bond_port *port)
{
	struct bond_mac mac = bond->random_mac;
	guint32 r = bond->ops->random != NULL ? bond->ops->random(bond->user) : (guint32) port->id + 1;

	for (guint i = 0; i < sizeof(r); i++)
		mac.b[i + 2] ^= (guint8) (r >> (8 * i));
	mac.b[0] = (mac.b[0] & 0xfe) | 0x02;
	return mac;
}

/* Which address a new port gets; %FALSE if it keeps its own. */
static gboolean
address_for(const struct bond *bond, const struct bond_port *port, struct bond_mac *mac)
{
	guint fom = bond->params.mode == BOND_MODE_ACTIVEBACKUP ? bond->params.fail_over_mac : BOND_FOM_NONE;

	*mac = bond->mac;
	/* There all ports are heard at once: each has an address of its own. In balance-alb the mode gives it when the
	 * device is ours: clients may know it, and until then the host's own stack would hear what comes for it. */
	if (bond->mode->balances) {
		*mac = bond->params.mode == BOND_MODE_ALB ? random_mac(bond, port) : port->perm_mac;
		return TRUE;
	}
	if (fom == BOND_FOM_NONE)
		return TRUE;
	if (fom == BOND_FOM_ACTIVE || bond->ports->len == 0 || !bond_mac_equal(&port->mac, &bond->mac))
		return FALSE;
	/* Two ports with one address could never swap theirs at a failover. */
	*mac = random_mac(bond, port);
	return TRUE;
}

enum taken {
	TAKEN_NOTHING,
	TAKEN_MTU,
	TAKEN_MAC,
	TAKEN_UP,
};

/* Undoes what port_take() did, last thing first. */
static void
port_give_back(struct bond_port *port, enum taken taken, gboolean mac)
{
	switch (taken) {
	case TAKEN_UP:
		port_change_up(port, FALSE);
		G_GNUC_FALLTHROUGH;
	case TAKEN_MAC:
		if (mac)
			port_change_mac(port, &port->perm_mac);
		G_GNUC_FALLTHROUGH;
	case TAKEN_MTU:
		port_change_mtu(port, port->saved_mtu);
		G_GNUC_FALLTHROUGH;
	case TAKEN_NOTHING:
		break;
	}
}

/* Makes the device one of this bond. Returns how far it came; *res is 0 if all the way. */
static enum taken
port_take(struct bond_port *port, gboolean new_mac, const struct bond_mac *mac, bond_time now, int *res)
{
	*res = port_change_mtu(port, port->bond->mtu);
	if (*res != 0) {
		port_log(port, now, G_LOG_LEVEL_CRITICAL, "Error %d calling dev_set_mtu", *res);
		return TAKEN_NOTHING;
	}
	*res = new_mac ? port_change_mac(port, mac) : 0;
	if (*res != 0) {
		port_log(port, now, G_LOG_LEVEL_CRITICAL, "Error %d calling set_mac_address", *res);
		return TAKEN_MTU;
	}
	*res = port_change_up(port, TRUE);
	if (*res != 0)
		port_log(port, now, G_LOG_LEVEL_CRITICAL, "Opening slave failed");
	/* It may have failed halfway: the device is up, its sockets are not. */
	return TAKEN_UP;
}

static void
adopt_primary(struct bond *bond, struct bond_port *port)
{
	if (!bond_uses_primary(bond) || strcmp(bond->params.primary, port->name) != 0)
		return;
	bond->primary = port;
	bond->force_primary = TRUE;
}

/* The device is ours; now it becomes a port. */
static void
port_join(struct bond *bond, struct bond_port *port, bond_time now)
{
	g_ptr_array_add(bond->ports, port);
	bond_mark_plan(bond);
	if (!bond_uses_primary(bond))
		bond_move_filters(bond, NULL, port);
	bond_emit(bond, (struct bond_event){.type = BOND_EVENT_PORT_ADDED, .port = port}, now);
	bond_update_carrier(bond, now);
	if (bond_uses_primary(bond))
		bond_select_active(bond, now);
	port_log(port, now, G_LOG_LEVEL_INFO, "Enslaving as %s interface with %s link",
		 port->backup ? "a backup" : "an active", port->link != BOND_LINK_DOWN ? "an up" : "a down");
	bond_inspect(bond, now);
}

/* Everything of bond_enslave() that can fail. */
static gboolean
port_prepare(struct bond *bond, struct bond_port *port, bond_time now, GError **error)
{
	struct bond_mac mac;
	gboolean new_mac = address_for(bond, port, &mac);
	enum taken taken;
	int res;

	taken = port_take(port, new_mac, &mac, now, &res);
	if (res == 0) {
		read_speed(port);
		bond_mii_first_state(port, now);
		bond_arp_first_state(port, now);
		adopt_primary(bond, port);
		if (bond->mode->enslave != NULL)
			res = bond->mode->enslave(bond, port, now);
		if (res == 0)
			return TRUE;
		if (bond->primary == port)
			bond->primary = NULL;
	}
	port_give_back(port, taken, new_mac);
	if (res == -EFAULT)
		return bond_set_error(error, EFAULT,
				      "cannot add %s to %s: another port has its MAC address, and none is free for "
				      "it; give it one of its own",
				      port->name, bond->name);
	return bond_set_error(error, -res, "cannot add %s to %s: its %s could not be set: %s; nothing was changed",
			      port->name, bond->name,
			      taken == TAKEN_NOTHING ? "MTU"
			      : taken == TAKEN_MTU   ? "MAC address"
						     : "state",
			      g_strerror(-res));
}

static struct bond_port *
enslave(struct bond *bond, const struct bond_port_info *info, bond_time now, GError **error)
{
	/* The first port lends its address to a bond that has none of its own. */
	gboolean lend = bond->ports->len == 0 && !bond->mac_assigned;
	struct bond_port *port;

	if (lend)
		bond_take_mac(bond, &info->mac, now);
	port = bond_port_new(bond, info);
	if (port_prepare(bond, port, now, error)) {
		port_join(bond, port, now);
		return port;
	}
	if (lend)
		bond_forget_mac(bond, now);
	/* Events may name it. */
	bond_settle(bond, now);
	port_free(port);
	return NULL;
}

struct bond_port *
bond_enslave(struct bond *bond, const struct bond_port_info *info, bond_time now, GError **error)
{
	struct bond_port *port = NULL;

	bond_begin_as(bond, BOND_REASON_ENSLAVED);
	if (check_enslave(bond, info, now, error))
		port = enslave(bond, info, now, error);
	bond_finish(bond, now);
	return port;
}

/* --- Leaving --- */

static void
warn_of_shared_mac(struct bond *bond, struct bond_port *port, bond_time now)
{
	const guint8 *b = port->perm_mac.b;

	if (bond->params.mode == BOND_MODE_ACTIVEBACKUP && bond->params.fail_over_mac == BOND_FOM_ACTIVE)
		return;
	if (bond->ports->len == 0 || !bond_mac_equal(&bond->mac, &port->perm_mac))
		return;
	port_log(port, now, G_LOG_LEVEL_WARNING,
		 "the permanent HWaddr of slave - %02x:%02x:%02x:%02x:%02x:%02x - is still in use by bond - set the "
		 "HWaddr of slave to a different address to avoid conflicts",
		 b[0], b[1], b[2], b[3], b[4], b[5]);
}

/* The bond goes on without the port. */
static void
port_detach(struct bond *bond, struct bond_port *port, gboolean all, bond_time now)
{
	gboolean was_active = bond->active == port;

	port_set_inactive_flags(port);
	if (bond->mode->release != NULL)
		bond->mode->release(bond, port, now);
	bond_arp_release(port);
	g_ptr_array_remove(bond->ports, port);
	bond_mark_plan(bond);
	port_log(port, now, G_LOG_LEVEL_INFO, "Releasing %s interface", port->backup ? "backup" : "active");
	if (!all)
		warn_of_shared_mac(bond, port, now);
	if (bond->primary == port)
		bond->primary = NULL;
	if (was_active && !all)
		bond_linger(port, now);
	if (was_active)
		bond_change_active(bond, NULL, now);
	if (bond->mode->detached != NULL)
		bond->mode->detached(bond, port, now);
	if (was_active && !all)
		bond_select_active(bond, now);
	if (bond->mode->left != NULL)
		bond->mode->left(bond, port, now);
	bond_update_carrier(bond, now);
	if (bond->ports->len == 0)
		bond_forget_mac(bond, now);
	if (!bond_uses_primary(bond))
		bond_move_filters(bond, port, NULL);
}

static void
release(struct bond_port *port, gboolean all, bond_time now)
{
	struct bond *bond = port->bond;
	gboolean own_mac = bond->params.mode == BOND_MODE_ACTIVEBACKUP && bond->params.fail_over_mac == BOND_FOM_ACTIVE;

	bond_begin_as(bond, BOND_REASON_RELEASED);
	port_detach(bond, port, all, now);
	/* No plan sends by it any more when its device gets back what it had. */
	bond_settle(bond, now);
	port_give_back(port, TAKEN_UP, !own_mac);
	if (bond->lingering == port->id)
		bond_end_linger(bond);
	bond_emit(bond, (struct bond_event){.type = BOND_EVENT_PORT_REMOVED, .port = port}, now);
	bond_settle(bond, now);
	port_free(port);
	bond_finish(bond, now);
}

void
bond_release(struct bond_port *port, bond_time now)
{
	release(port, FALSE, now);
}

void
bond_port_gone(struct bond_port *port, bond_time now)
{
	port->gone = TRUE;
	port->dev.running = FALSE;
	port->dev.carrier = FALSE;
	release(port, FALSE, now);
}

void
bond_release_all(struct bond *bond, bond_time now)
{
	while (bond->ports->len > 0)
		release(bond_nth_port(bond, 0), TRUE, now);
}

/* --- What the device tells --- */

void
bond_port_set_link(struct bond_port *port, const struct bond_port_link *link, bond_time now)
{
	struct bond_port_link *dev = &port->dev;
	gboolean running = link->running != FALSE;
	gboolean carrier = link->carrier != FALSE;

	if (dev->running == running && dev->carrier == carrier && dev->speed == link->speed &&
	    dev->duplex == link->duplex)
		return;
	*dev = (struct bond_port_link){
	    .running = running, .carrier = carrier, .speed = link->speed, .duplex = link->duplex};
	/* A device that is down knows no speed; the last one stays, as after NETDEV_DOWN. */
	if (running)
		read_speed(port);
	if (running && port->bond->mode->device_changed != NULL)
		port->bond->mode->device_changed(port->bond, port, now);
	bond_mark_plan(port->bond);
	bond_inspect(port->bond, now);
}

void
bond_port_note_speed(struct bond_port *port, guint32 speed, enum bond_duplex duplex)
{
	port->dev.speed = speed;
	port->dev.duplex = duplex;
	read_speed(port);
}

void
bond_port_renamed(struct bond_port *port, const char *name, bond_time now)
{
	struct bond *bond = port->bond;

	g_strlcpy(port->name, name, sizeof(port->name));
	if (!bond_uses_primary(bond) || bond->params.primary[0] == '\0')
		return;
	if (port == bond->primary)
		bond->primary = NULL;
	else if (strcmp(port->name, bond->params.primary) == 0)
		bond->primary = port;
	else
		return;
	bond_log(bond, now, G_LOG_LEVEL_INFO, "Primary slave changed to %s, reselecting active slave",
		 bond->primary != NULL ? port->name : "none");
	bond->reselect = TRUE;
}

void
bond_port_mac_changed(struct bond_port *port, const struct bond_mac *mac)
{
	port->mac = *mac;
}

void
bond_port_mtu_changed(struct bond_port *port, guint mtu)
{
	port->mtu = mtu;
}

/* --- Reading --- */

struct bond *
port_bond(const struct bond_port *port)
{
	return port->bond;
}

const char *
port_name(const struct bond_port *port)
{
	return port->name;
}

int
port_ifindex(const struct bond_port *port)
{
	return port->ifindex;
}

bond_port_id
port_id(const struct bond_port *port)
{
	return port->id;
}

const struct bond_mac *
port_mac(const struct bond_port *port)
{
	return &port->mac;
}

const struct bond_mac *
port_perm_mac(const struct bond_port *port)
{
	return &port->perm_mac;
}

guint
port_mtu(const struct bond_port *port)
{
	return port->mtu;
}

enum bond_link
port_link(const struct bond_port *port)
{
	return port->link;
}

guint32
port_speed(const struct bond_port *port)
{
	return port->speed;
}

enum bond_duplex
port_duplex(const struct bond_port *port)
{
	return port->duplex;
}

guint32
port_link_failure_count(const struct bond_port *port)
{
	return port->link_failure_count;
}

guint16
port_queue_id(const struct bond_port *port)
{
	return port->queue_id;
}

gint32
port_prio(const struct bond_port *port)
{
	return port->prio;
}

gboolean
port_running(const struct bond_port *port)
{
	return port->dev.running;
}

gboolean
port_carrier(const struct bond_port *port)
{
	return port->dev.carrier;
}

gboolean
port_is_active(const struct bond_port *port)
{
	return !port->backup;
}

gboolean
port_is_inactive(const struct bond_port *port)
{
	return port->inactive;
}

void
port_set_data(struct bond_port *port, void *data)
{
	port->data = data;
}

void *
port_get_data(const struct bond_port *port)
{
	return port->data;
}
