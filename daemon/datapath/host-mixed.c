/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host side as a macvlan device upon a TAP and a veth: TCP of the host goes through the TAP, in segments of up to
 * 64 KiB, all else that it sends by the veth to AF_XDP sockets (split.bpf.c). What the ports receive goes in by the TAP.
 *
 * The macvlan device is what the administrator sees, captures on, counts and shapes: all that is done before the
 * frames part. All of it outlives the daemon, if there is a keeper; without one a veth that a dead one left is removed.
 */
#include "host-port.h"

#include "host-tap.h"
#include "host-veth.h"
#include "keeper.h"
#include "link/link-veth.h"
#include "split.skel.h"
#include "tap-device.h"
#include "worker-private.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <unistd.h>

/* The largest of a TAP. */
#define HIDDEN_MTU 65521

#define TAP_SUFFIX  "-tap"
#define VETH_SUFFIX "-udp"

/* Linux 6.6; newer than the header may be. */
#define MIXED_TCX_INGRESS 46
#define MIXED_TCX_EGRESS  47

struct mixed_port {
	struct host_port base;
	struct split *programs;
	int links[2];
};

/* By its number in links. */
static const char *const kept_links[] = {"split", "sort"};

struct mixed_names {
	char tap[BOND_NAME_SIZE];
	char veth[BOND_NAME_SIZE];
	char twin[BOND_NAME_SIZE];
};

static void
mixed_leave(struct host_port *host)
{
	struct mixed_port *mixed = (struct mixed_port *) host;

	for (guint i = 0; i < G_N_ELEMENTS(mixed->links); i++) {
		if (mixed->links[i] >= 0)
			close(mixed->links[i]);
	}
	split__destroy(mixed->programs);
	if (host->tap != NULL)
		tap_device_close(host->tap);
	g_free(mixed);
}

static void
mixed_destroy(struct host_port *host)
{
	for (guint i = 0; host->lower != 0 && i < G_N_ELEMENTS(kept_links); i++)
		keeper_drop(host->keeper, kept_links[i], host->lower);
	/* They may be gone already. */
	if (host->twin != 0)
		(void) link_remove(host->link, host->twin, NULL);
	if (host->lower != 0 && host->keeper != NULL) {
		(void) link_remove(host->link, host->lower, NULL);
		keeper_drop(host->keeper, KEPT_TAP, host->lower);
	}
	mixed_leave(host);
}

/* A frame that comes in between two bytes is at worst taken for another host's, or the reverse, as at any change. */
static void
mixed_note_mac(struct host_port *host, const struct bond_mac *mac)
{
	memcpy((guint8 *) ((struct mixed_port *) host)->programs->bss->address, mac->b, sizeof(mac->b));
}

static gboolean
mixed_set_carrier(struct host_port *host, gboolean up, GError **error)
{
	return tap_device_set_carrier(host->tap, host->name, up, error);
}

/* A hidden device is ready for any MTU of the one before it: nothing must be changed before that can be. */
static gboolean
mixed_hide(struct host_port *host, int ifindex, GError **error)
{
	GError *link_error = NULL;

	return (link_set_silent(host->link, ifindex, &link_error) &&
		link_set_no_queue(host->link, ifindex, &link_error) &&
		link_set_mtu(host->link, ifindex, HIDDEN_MTU, &link_error) &&
		link_set_up(host->link, ifindex, TRUE, &link_error)) ||
	       host_port_link_failed(link_error, error);
}

static gboolean
mixed_make_veth(struct mixed_port *mixed, const struct mixed_names *names, guint n_queues, GError **error)
{
	struct host_port *host = &mixed->base;
	GError *link_error = NULL;

	if (veth_is_left(names->veth, names->twin, n_queues))
		(void) link_remove(host->link, (int) if_nametoindex(names->twin), NULL);
	if (host_port_exists(names->veth, error) || host_port_exists(names->twin, error))
		return FALSE;
	if (!link_add_veth(host->link, names->veth, names->twin, n_queues, &link_error))
		return host_port_link_failed(link_error, error);
	host->twin = (int) if_nametoindex(names->twin);
	host->near = (int) if_nametoindex(names->veth);
	if (!veth_switch_off_offloads(names->veth, &link_error) || !veth_switch_off_offloads(names->twin, &link_error))
		return host_port_link_failed(link_error, error);
	return mixed_hide(host, host->twin, error) && mixed_hide(host, host->near, error);
}

static gboolean
mixed_load(struct mixed_port *mixed, GError **error)
{
	mixed->programs = split__open();
	if (mixed->programs != NULL) {
		mixed->programs->rodata->veth = (guint32) mixed->base.near;
		if (split__load(mixed->programs) == 0)
			return TRUE;
	}
	g_set_error(error, DATAPATH_ERROR, errno == EPERM ? DATAPATH_ERROR_NOT_PERMITTED : DATAPATH_ERROR_FAILED,
		    "%s: cannot load the programs of host=mixed: %s%s", mixed->base.name, g_strerror(errno),
		    errno == EPERM ? ": CAP_BPF and CAP_NET_ADMIN are needed" : "");
	return FALSE;
}

/* The program takes the place of an earlier daemon's, if that is still there. */
static void
mixed_link(struct mixed_port *mixed, guint i, const struct bpf_program *program, int ifindex, guint type)
{
	const struct host_port *host = &mixed->base;
	int link = keeper_take(host->keeper, kept_links[i], host->lower);

	if (link >= 0 && bpf_link_update(link, bpf_program__fd(program), NULL) == 0) {
		mixed->links[i] = link;
		return;
	}
	if (link >= 0)
		close(link);
	mixed->links[i] = bpf_link_create(bpf_program__fd(program), ifindex, type, NULL);
	if (mixed->links[i] >= 0)
		keeper_keep(host->keeper, kept_links[i], host->lower, mixed->links[i]);
}

static gboolean
mixed_attach(struct mixed_port *mixed, GError **error)
{
	const struct split *programs = mixed->programs;

	mixed_link(mixed, 0, programs->progs.bondd_split, mixed->base.lower, MIXED_TCX_EGRESS);
	mixed_link(mixed, 1, programs->progs.bondd_sort, mixed->base.ifindex, MIXED_TCX_INGRESS);
	if (mixed->links[0] >= 0 && mixed->links[1] >= 0)
		return TRUE;
	g_set_error(error, DATAPATH_ERROR, DATAPATH_ERROR_UNSUPPORTED,
		    "%s: the kernel takes no tcx programs (%s), which host=mixed needs (Linux 6.6): choose host=tap or "
		    "host=veth",
		    mixed->base.name, g_strerror(errno));
	return FALSE;
}

static gboolean
mixed_make_tap(struct mixed_port *mixed, const struct mixed_names *names, guint n_queues, GError **error)
{
	struct host_port *host = &mixed->base;
	GError *link_error = NULL;

	if (host_port_exists(names->tap, error))
		return FALSE;
	host->tap = tap_device_open(names->tap, n_queues, FALSE, error);
	if (host->tap == NULL)
		return FALSE;
	host->lower = (int) if_nametoindex(names->tap);
	if (!mixed_set_carrier(host, FALSE, error) || !mixed_hide(host, host->lower, error))
		return FALSE;
	if (!link_add_macvlan(host->link, host->name, host->lower, &link_error))
		return host_port_link_failed(link_error, error);
	host->ifindex = (int) if_nametoindex(host->name);
	if (host->keeper == NULL)
		return TRUE;
	if (!tap_device_persist(host->tap, names->tap, error))
		return FALSE;
	tap_keep(host, host->lower);
	return TRUE;
}

static gboolean
mixed_make(struct mixed_port *mixed, guint n_queues, GError **error)
{
	struct mixed_names names;

	host_port_hidden_name(mixed->base.name, TAP_SUFFIX, names.tap);
	host_port_hidden_name(mixed->base.name, VETH_SUFFIX, names.veth);
	host_port_hidden_name(mixed->base.name, TWIN_SUFFIX, names.twin);
	return mixed_make_veth(mixed, &names, n_queues, error) && mixed_load(mixed, error) &&
	       mixed_make_tap(mixed, &names, n_queues, error) && mixed_attach(mixed, error);
}

static struct mixed_port *
mixed_new(void)
{
	struct mixed_port *mixed = g_new0(struct mixed_port, 1);

	mixed->links[0] = mixed->links[1] = -1;
	return mixed;
}

static struct host_port *
mixed_create(const struct datapath_config *config, struct link_config *link, GError **error)
{
	struct mixed_port *mixed;

	if (host_port_exists(config->name, error))
		return NULL;
	mixed = mixed_new();
	if (host_port_fill(&mixed->base, config, link, error) && mixed_make(mixed, config->n_queues, error))
		return &mixed->base;
	mixed_destroy(&mixed->base);
	return NULL;
}

static struct host_port *
mixed_adopt(const struct datapath_config *config, struct link_config *link, GError **error)
{
	struct mixed_port *mixed = mixed_new();
	struct host_port *host = &mixed->base;

	if (host_port_fill(host, config, link, error) && veth_check_pair(host->near, host->twin, host->name, error) &&
	    mixed_load(mixed, error)) {
		/* Who is in its place must know the bond's address. */
		mixed_note_mac(host, &config->mac);
		host->tap = tap_take_over(host, host->lower, config, FALSE, error);
		if (host->tap != NULL)
			tap_keep(host, host->lower);
		if (host->tap != NULL && mixed_attach(mixed, error))
			return host;
	}
	mixed_leave(host);
	return NULL;
}

static guint
mixed_take(struct worker *worker, struct host_queue *queue, const struct bond_plan *plan)
{
	return veth_take_twin(worker, plan) + tap_take(worker, queue, plan);
}

const struct host_port_ops host_mixed = {
    .create = mixed_create,
    .adopt = mixed_adopt,
    .destroy = mixed_destroy,
    .leave = mixed_leave,
    .note_mac = mixed_note_mac,
    .set_carrier = mixed_set_carrier,
    .queue_new = tap_queue_new,
    .queue_free = tap_queue_free,
    .queue_fds = tap_queue_fds,
    .take = mixed_take,
    .deliver = tap_deliver,
};
