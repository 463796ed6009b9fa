/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host side as a veth pair: the host has one end, AF_XDP sockets stand on the other, the twin. A frame crosses
 * from a port to the twin and back without being copied here. The pair computes nothing: the host's stack gives
 * whole checksums, segments of the MTU, and tags inside the frame.
 *
 * The pair outlives a daemon that dies, with its addresses and routes: the next one takes it over, with its state if that
 * is known, else as a new one.
 */
#include "host-veth.h"

#include "link/ethtool.h"
#include "link/link-veth.h"
#include "worker-private.h"

#include <net/if.h>

struct host_queue {
	guint index;
};

gboolean
veth_is_left(const char *name, const char *twin, guint n_queues)
{
	struct link_watcher *watcher = link_watcher_new(NULL, NULL, NULL, NULL);
	const struct link_info *near = watcher ? link_watcher_by_name(watcher, name) : NULL;
	const struct link_info *far = watcher ? link_watcher_by_name(watcher, twin) : NULL;
	gboolean left = near != NULL && far != NULL && g_str_equal(near->kind, "veth") && near->link == far->ifindex &&
			far->link == near->ifindex && far->xdp_prog_id == 0 && near->n_tx_queues == n_queues &&
			far->n_rx_queues == n_queues;

	if (watcher != NULL)
		link_watcher_free(watcher);
	return left;
}

gboolean
veth_switch_off_offloads(const char *name, GError **error)
{
	static const char *const features[] = {"tx-checksum-ip-generic", "tx-checksum-sctp", "tx-vlan-hw-insert",
					       "tx-vlan-stag-hw-insert"};
	struct ethtool *ethtool = ethtool_new(error);
	gboolean done = ethtool != NULL;
	gboolean on;

	for (guint i = 0; done && i < G_N_ELEMENTS(features); i++) {
		/* A kernel that has not got it does not do it. */
		if (ethtool_get_feature(ethtool, name, features[i], &on, NULL) && on)
			done = ethtool_set_feature(ethtool, name, features[i], FALSE, error);
	}
	if (ethtool != NULL)
		ethtool_free(ethtool);
	return done;
}

static void
veth_leave(struct host_port *host)
{
	g_free(host);
}

static void
veth_destroy(struct host_port *host)
{
	/* It may be gone already. */
	(void) link_remove(host->link, host->ifindex, NULL);
	veth_leave(host);
}

static gboolean
veth_prepare(struct host_port *host, const char *twin, GError **error)
{
	GError *link_error = NULL;

	host->ifindex = (int) if_nametoindex(host->name);
	host->twin = host->follower = (int) if_nametoindex(twin);
	if (link_set_up(host->link, host->twin, FALSE, &link_error) &&
	    link_set_silent(host->link, host->twin, &link_error) && veth_switch_off_offloads(host->name, &link_error) &&
	    veth_switch_off_offloads(twin, &link_error))
		return TRUE;
	return host_port_link_failed(link_error, error);
}

static struct host_port *
veth_create(const struct datapath_config *config, struct link_config *link, GError **error)
{
	struct host_port *host;
	GError *link_error = NULL;
	char twin[BOND_NAME_SIZE];

	host_port_hidden_name(config->name, TWIN_SUFFIX, twin);
	if (!veth_is_left(config->name, twin, config->n_queues)) {
		if (host_port_exists(config->name, error) || host_port_exists(twin, error))
			return NULL;
		if (!link_add_veth(link, config->name, twin, config->n_queues, &link_error)) {
			host_port_link_failed(link_error, error);
			return NULL;
		}
	}
	host = g_new0(struct host_port, 1);
	if (!host_port_fill(host, config, link, error) || !veth_prepare(host, twin, error)) {
		veth_destroy(host);
		return NULL;
	}
	return host;
}

gboolean
veth_check_pair(int near, int far, const char *name, GError **error)
{
	struct link_watcher *watcher = link_watcher_new(NULL, NULL, NULL, NULL);
	const struct link_info *info = watcher ? link_watcher_by_ifindex(watcher, near) : NULL;
	gboolean sound = info != NULL && g_str_equal(info->kind, "veth") && info->link == far;

	if (!sound)
		g_set_error(error, DATAPATH_ERROR, DATAPATH_ERROR_NO_DEVICE, "%s: its veth pair is gone", name);
	if (watcher != NULL)
		link_watcher_free(watcher);
	return sound;
}

static struct host_port *
veth_adopt(const struct datapath_config *config, struct link_config *link, GError **error)
{
	struct host_port *host = g_new0(struct host_port, 1);

	if (host_port_fill(host, config, link, error) &&
	    veth_check_pair(host->ifindex, host->twin, host->name, error)) {
		host->follower = host->twin;
		return host;
	}
	g_free(host);
	return NULL;
}

/* The carrier of one end is the other end's being up. */
static gboolean
veth_set_carrier(struct host_port *host, gboolean up, GError **error)
{
	GError *link_error = NULL;

	return link_set_up(host->link, host->twin, up, &link_error) || host_port_link_failed(link_error, error);
}

static struct host_queue *
veth_queue_new(struct host_port *host, guint index)
{
	struct host_queue *queue = g_new0(struct host_queue, 1);

	queue->index = index;
	return queue;
}

static void
veth_queue_free(struct host_queue *queue)
{
	g_free(queue);
}

static void
veth_queue_fds(const struct host_queue *queue, int *fds)
{
	fds[0] = fds[1] = -1;
}

static void
veth_send_burst(struct worker *worker, const struct bond_plan *plan, const struct burst *burst)
{
	struct bond_frame frames[BURST_SIZE];
	bond_port_id out[BURST_SIZE];

	for (guint i = 0; i < burst->n; i++) {
		const struct xdp_desc *piece = &burst->pieces[burst->first[i]];

		frames[i] = (struct bond_frame){.data = umem_data(worker->umem, piece->addr), .len = piece->len};
	}
	bond_plan_transmit(plan, &worker->plan_state, frames, burst->n, out);
	for (guint i = 0; i < burst->n; i++)
		worker_send(worker, plan, out[i], &burst->pieces[burst->first[i]], burst_n_pieces(burst, i));
}

guint
veth_take_twin(struct worker *worker, const struct bond_plan *plan)
{
	struct worker_port *twin = worker->ports[UMEM_SLOT_HOST];
	struct burst burst;
	guint n = 0;

	if (G_UNLIKELY(twin == NULL || twin->state != WORKER_PORT_UP))
		return 0;
	for (guint q = 0; q < twin->n_sockets; q++) {
		xsk_refill(twin->sockets[q], &worker->pool);
		if (xsk_receive(twin->sockets[q], worker->umem, &burst) == 0)
			continue;
		veth_send_burst(worker, plan, &burst);
		n += burst.n;
	}
	return n;
}

static guint
veth_take(struct worker *worker, struct host_queue *queue, const struct bond_plan *plan)
{
	return veth_take_twin(worker, plan);
}

static void
veth_deliver(struct worker *worker, struct host_queue *queue, const struct burst *burst)
{
	for (guint i = 0; i < burst->n; i++)
		worker_send_host(worker, &burst->pieces[burst->first[i]], burst_n_pieces(burst, i));
}

const struct host_port_ops host_veth = {
    .create = veth_create,
    .adopt = veth_adopt,
    .destroy = veth_destroy,
    .leave = veth_leave,
    .set_carrier = veth_set_carrier,
    .queue_new = veth_queue_new,
    .queue_free = veth_queue_free,
    .queue_fds = veth_queue_fds,
    .take = veth_take,
    .deliver = veth_deliver,
};
