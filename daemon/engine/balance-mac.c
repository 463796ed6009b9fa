/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Addresses in balance-tlb and balance-alb. The current port has the bond's, each other one has its own, so that no
 * switch sees an address at two ports. When another port becomes the current one, two of them swap, and learning frames
 * tell the switches.
 *
 * In balance-tlb the kernel gives all devices the bond's address and keeps another one in dev_addr only
 * (kernel-semantics 42). Nobody can do that from outside: there, too, our devices carry what dev_addr would show.
 */
#include <errno.h>

#include "balance.h"

#include "rlb.h"
#include "wire-put.h"

/* ETH_P_LOOPBACK: a switch learns from it, and sends it nowhere, for it is for the address it came from. */
#define ETHERTYPE_LOOPBACK 0x9000
#define LEARNING_SIZE	   60
#define MAX_UPPERS	   128

/* --- Addresses that the active port stands in for --- */

static void
end_lending(struct bond *bond, const struct bond_mac *mac)
{
	struct balance *balance = balance_of(bond);
	guint n = 0;

	for (guint i = 0; i < balance->n_lent; i++) {
		if (!bond_mac_equal(&balance->lent[i].mac, mac))
			balance->lent[n++] = balance->lent[i];
	}
	if (n != balance->n_lent)
		bond_mark_plan(bond);
	balance->n_lent = n;
}

/* The kernel loses such frames: in its receive path they are for another host. */
void
balance_lend(struct bond *bond, const struct bond_mac *mac, gboolean known)
{
	struct balance *balance = balance_of(bond);

	if (balance->rlb == NULL || bond_mac_equal(mac, &bond->mac))
		return;
	end_lending(bond, mac);
	balance->n_lent = MIN(balance->n_lent + 1, BALANCE_MAX_LENT);
	memmove(balance->lent + 1, balance->lent, (balance->n_lent - 1) * sizeof(*balance->lent));
	balance->lent[0] = (struct balance_lent){.mac = *mac, .known = known};
	balance->lent_counter = 0;
	bond_mark_plan(bond);
}

void
balance_forget_known(struct bond *bond)
{
	struct balance *balance = balance_of(bond);

	for (guint i = 0; i < balance->n_lent; i++)
		balance->lent[i].known = FALSE;
}

/* A port may have it again. As long as that has not told switches, they send to where they knew it; but what they send
 * everywhere, the host must not get twice. */
gboolean
balance_stands_in(const struct bond *bond, const struct balance_lent *lent)
{
	const struct bond_port *owner = balance_find_mac(bond, &lent->mac);

	return lent->known || owner == NULL || !balance_is_there(bond, owner);
}

static guint64
bit_of(const struct bond_port *port)
{
	return G_GUINT64_CONSTANT(1) << port->id;
}

gboolean
balance_is_there(const struct bond *bond, const struct bond_port *port)
{
	return port_is_up(port) && (port == bond->active || (balance_of(bond)->joining & bit_of(port)) == 0);
}

void
balance_is_heard(struct bond_port *port)
{
	struct balance *balance = balance_of(port->bond);

	if ((balance->joining & bit_of(port)) == 0 || !port_is_up(port))
		return;
	balance->joining &= ~bit_of(port);
	bond_mark_plan(port->bond);
}

/* --- Learning frames (kernel-semantics 46) --- */

/* alb_send_lp_vid(); a port without carrier takes no frames. */
static void
send_learning(struct bond_port *port, const struct bond_mac *mac, const struct bond_tag *tag)
{
	struct bond *bond = port->bond;
	guint8 frame[LEARNING_SIZE + WIRE_VLAN_HEADER] = {0};
	guint8 *at = frame + 2 * BOND_ETH_ALEN;
	gsize len = LEARNING_SIZE;

	if (port->gone || !port_is_up(port) || bond->ops->send == NULL)
		return;
	memcpy(frame, mac->b, BOND_ETH_ALEN);
	memcpy(frame + BOND_ETH_ALEN, mac->b, BOND_ETH_ALEN);
	if (tag != NULL && tag->id != 0) {
		wire_put16(at, tag->protocol);
		wire_put16(at + 2, tag->id);
		at += WIRE_VLAN_HEADER;
		len += WIRE_VLAN_HEADER;
	}
	wire_put16(at, ETHERTYPE_LOOPBACK);
	bond->ops->send(bond->user, port, frame, len);
}

void
balance_teach(struct bond *bond, struct bond_port *port, const struct bond_mac *mac, gboolean strict)
{
	struct bond_upper uppers[MAX_UPPERS];
	guint n = 0;

	send_learning(port, mac, NULL);
	balance_is_heard(port);
	/* From now on switches know it there. */
	if (port != bond->active && port_is_up(port))
		end_lending(bond, mac);
	if (bond->ops->uppers != NULL)
		n = MIN(bond->ops->uppers(bond->user, uppers, MAX_UPPERS), MAX_UPPERS);
	for (guint i = 0; i < n; i++) {
		const struct bond_upper *upper = &uppers[i];

		if (upper->is_macvlan && strict)
			continue;
		send_learning(port, upper->is_macvlan || upper->own_mac ? &upper->mac : mac, &upper->tag);
	}
}

/* --- Promiscuity (kernel-semantics 45) --- */

static gboolean
set_promisc(struct bond_port *port, gboolean on)
{
	struct bond *bond = port->bond;

	return port->gone || bond->ops->set_port_promisc == NULL ||
	       bond->ops->set_port_promisc(bond->user, port, on) == 0;
}

void
balance_end_promisc(struct bond *bond)
{
	struct balance *balance = balance_of(bond);

	if (balance->promisc != NULL)
		set_promisc(balance->promisc, FALSE);
	balance->promisc = NULL;
	balance->promisc_counter = 0;
}

void
balance_teach_disabled(struct bond *bond, const struct bond_mac *mac)
{
	struct balance *balance = balance_of(bond);

	if (bond->active == NULL)
		return;
	if (balance->promisc == NULL && set_promisc(bond->active, TRUE))
		balance->promisc = bond->active;
	balance->promisc_counter = 0;
	balance_lend(bond, mac, TRUE);
	balance_teach(bond, bond->active, mac, TRUE);
}

/* --- Who has which --- */

struct bond_port *
balance_find_mac(const struct bond *bond, const struct bond_mac *mac)
{
	struct bond_port *port;

	FOREACH_PORT (bond, port) {
		if (bond_mac_equal(&port->mac, mac))
			return port;
	}
	return NULL;
}

/* The address was decided before; the device gets it now. */
static void
tell_device(struct bond_port *port, bond_time now)
{
	const struct bond_mac mac = port->mac;

	if (port_change_mac(port, &mac) != 0)
		port_log(port, now, G_LOG_LEVEL_CRITICAL,
			 "dev_set_mac_address on slave failed! ALB mode requires that the base driver support setting "
			 "the hw address also when the network device's interface is open");
}

/* alb_swap_mac_addr() */
static void
swap_macs(struct bond_port *a, struct bond_port *b)
{
	const struct bond_mac mac = a->mac;

	a->mac = b->mac;
	b->mac = mac;
	bond_mark_plan(a->bond);
}

static void
tell_devices(struct bond_port *a, struct bond_port *b, bond_time now)
{
	if (a == b)
		return;
	tell_device(a, now);
	tell_device(b, now);
}

static void
tell_of_mac(struct bond *bond, struct bond_port *port)
{
	balance_teach(bond, port, &port->mac, FALSE);
	if (balance_of(bond)->rlb != NULL)
		rlb_mac_changed(bond, port);
}

/* alb_fasten_mac_swap() */
static void
tell_of_swap(struct bond *bond, struct bond_port *a, struct bond_port *b)
{
	struct bond_port *disabled = NULL;

	if (port_can_tx(a))
		tell_of_mac(bond, a);
	else
		disabled = a;
	if (port_can_tx(b))
		tell_of_mac(bond, b);
	else
		disabled = b;
	if (balance_of(bond)->rlb != NULL && port_can_tx(a) != port_can_tx(b))
		balance_teach_disabled(bond, &disabled->mac);
}

/* --- The active port changes --- */

void
balance_swap_for_active(struct bond *bond, struct bond_port *old_port, struct bond_port *new_port)
{
	struct balance *balance = balance_of(bond);

	balance->swapped = old_port != NULL ? old_port : balance_find_mac(bond, &bond->mac);
	if (balance->swapped != NULL) {
		swap_macs(balance->swapped, new_port);
		return;
	}
	balance_lend(bond, &new_port->mac, TRUE);
	new_port->mac = bond->mac;
	bond_mark_plan(bond);
}

void
balance_announce_swap(struct bond *bond, struct bond_port *new_port, bond_time now)
{
	struct balance *balance = balance_of(bond);
	struct bond_port *other = balance->swapped;

	balance->swapped = NULL;
	if (other != NULL) {
		tell_devices(other, new_port, now);
		tell_of_swap(bond, other, new_port);
		return;
	}
	tell_device(new_port, now);
	/* The kernel leaves the clients of its old address to themselves here. */
	tell_of_mac(bond, new_port);
}

/* --- Ports come and go --- */

static int
change_mac(struct bond_port *port, const struct bond_mac *mac)
{
	return bond_mac_equal(&port->mac, mac) ? 0 : port_change_mac(port, mac);
}

/* A port whose own address no port of the bond has just now, so that it can be lent. */
static struct bond_port *
find_lender(const struct bond *bond)
{
	struct bond_port *port;

	FOREACH_PORT (bond, port) {
		if (balance_find_mac(bond, &port->perm_mac) == NULL)
			return port;
	}
	return NULL;
}

/* Its own, if nobody has that: alb_handle_addr_collision_on_attach() (kernel-semantics 42). */
int
balance_give_mac(struct bond *bond, struct bond_port *port, bond_time now)
{
	struct bond_port *lender;

	if (bond->ports->len == 0 ||
	    (!bond_mac_equal(&port->perm_mac, &bond->mac) && balance_find_mac(bond, &port->perm_mac) == NULL))
		return change_mac(port, &port->perm_mac);
	lender = find_lender(bond);
	if (lender != NULL) {
		port_log(port, now, G_LOG_LEVEL_WARNING,
			 "the slave hw address is in use by the bond; giving it the hw address of %s", lender->name);
		return change_mac(port, &lender->perm_mac);
	}
	if (bond->active == NULL && balance_find_mac(bond, &bond->mac) == NULL)
		return change_mac(port, &bond->mac);
	port_log(port, now, G_LOG_LEVEL_CRITICAL,
		 "the slave hw address is in use by the bond; couldn't find a slave with a free hw address to give it "
		 "(this should not have happened)");
	return -EFAULT;
}

/* alb_change_hw_addr_on_detach(): whoever has the address that the leaving port was born with, gives it back. */
void
balance_return_mac(struct bond *bond, struct bond_port *port, bond_time now)
{
	struct bond_port *holder;

	if (bond_mac_equal(&port->perm_mac, &port->mac) || bond_mac_equal(&port->perm_mac, &bond->mac))
		return;
	holder = balance_find_mac(bond, &port->perm_mac);
	if (holder == NULL)
		return;
	swap_macs(port, holder);
	if (bond->active != NULL) {
		bond_publish(bond);
		tell_devices(port, holder, now);
	} else {
		balance_of(bond)->untold = holder;
	}
	tell_of_swap(bond, port, holder);
}

/* The kernel tells the devices before it chooses: until they have answered nothing would be sent. */
void
balance_left(struct bond *bond, struct bond_port *port, bond_time now)
{
	struct bond_port *holder = balance_of(bond)->untold;

	balance_of(bond)->untold = NULL;
	if (holder != NULL)
		tell_devices(port, holder, now);
}

/* --- The bond gets another address --- */

/*
 * Only the current port's changes; a port that has the new one already swaps with it. (The kernel writes the new
 * address into all devices, too, and leaves dev_addr as it was.)
 */
gboolean
balance_change_macs(struct bond *bond, const struct bond_mac *mac, bond_time now, GError **error)
{
	struct bond_port *active = bond->active;
	struct bond_port *holder = balance_find_mac(bond, mac);
	const struct bond_mac old = bond->mac;
	int res;

	if (active == NULL)
		return TRUE;
	if (holder != NULL) {
		swap_macs(holder, active);
		tell_devices(holder, active, now);
		tell_of_swap(bond, holder, active);
		return TRUE;
	}
	res = port_change_mac(active, mac);
	if (res != 0)
		return bond_set_error(error, -res, "%s: port %s does not take the new address: %s; nothing was changed",
				      bond->name, active->name, g_strerror(-res));
	balance_lend(bond, &old, TRUE);
	tell_of_mac(bond, active);
	return TRUE;
}
