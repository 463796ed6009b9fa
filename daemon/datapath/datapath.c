/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "datapath.h"

#include "control-ring.h"
#include "host-port.h"
#include "keeper.h"
#include "worker.h"
#include "xdp-attach.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/pkt_sched.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

G_DEFINE_QUARK(datapath - error - quark, datapath_error)

/* A frame must hold an ordinary one behind the kernel's headroom, or as much as a page can. */
#define FRAME_SIZE_SMALL 2048
#define FRAME_SIZE_LARGE 4096
#define ETHER_OVERHEAD	 (ETHER_HDR_LEN + 8)
/* What the default number of frames is for: so many ports, and the host side. */
#define DEFAULT_PORTS 8
/* For a queue that somebody has just let go of, in ms. */
#define OPEN_PATIENCE 2000
#define MAX_QUEUES    64
/* Frames that the control thread takes of one ring at a time. */
#define CONTROL_BUDGET 64

/* A port, or the twin of the host side. */
struct datapath_port {
	guint slot;
	int ifindex;
	char *ifname;
	bond_time since; /* frames of this slot that are older are another port's */
	struct xdp_attach *attach;
	struct datapath_port_info info;
};

struct datapath {
	struct datapath_config config;
	char *name;
	struct umem *umem;
	struct plan_box *plans;
	struct host_port *host;
	guint n_workers;
	struct worker **workers;
	struct datapath_port *ports[UMEM_N_SLOTS];
	int packet_fd;
	struct control_bell bell;
	gboolean held; /* atomic: nothing is carried yet */
};

static const char *const drop_names[] = {
    [DATAPATH_DROP_NO_PORT] = "no-port",     [DATAPATH_DROP_TX_FULL] = "tx-full",
    [DATAPATH_DROP_NO_FRAME] = "no-frame",   [DATAPATH_DROP_TOO_LONG] = "too-long",
    [DATAPATH_DROP_MALFORMED] = "malformed", [DATAPATH_DROP_INACTIVE] = "inactive",
    [DATAPATH_DROP_HOST_FULL] = "host-full", [DATAPATH_DROP_PORT_GONE] = "port-gone",
    [DATAPATH_DROP_PORT_DOWN] = "port-down", [DATAPATH_DROP_CONTROL_FULL] = "control-full",
    [DATAPATH_DROP_RX_FULL] = "rx-full",
};

G_STATIC_ASSERT(G_N_ELEMENTS(drop_names) == DATAPATH_N_DROPS);

const char *
datapath_drop_name(enum datapath_drop drop)
{
	g_return_val_if_fail(drop < DATAPATH_N_DROPS, NULL);
	return drop_names[drop];
}

/* The plan before the first: nothing goes anywhere. */
static struct bond_plan *
datapath_empty_plan(void)
{
	struct bond_plan *plan = g_new0(struct bond_plan, 1);

	plan->tx = BOND_PLAN_DROP;
	plan->igmp_port = BOND_PORT_NONE;
	return plan;
}

static bond_time
datapath_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * BOND_SEC + now.tv_nsec;
}

static gboolean
datapath_open_packet(struct datapath *dp, GError **error)
{
	const int priority = TC_PRIO_CONTROL;

	/* Protocol 0: it receives nothing. */
	dp->packet_fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* What it sends goes before the data where the device's queueing discipline tells them apart. */
	if (dp->packet_fd >= 0 && setsockopt(dp->packet_fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof(priority)) == 0)
		return TRUE;
	g_set_error(error, DATAPATH_ERROR, errno == EPERM ? DATAPATH_ERROR_NOT_PERMITTED : DATAPATH_ERROR_FAILED,
		    "%s: cannot open a packet socket: %s%s", dp->name, g_strerror(errno),
		    errno == EPERM ? ": CAP_NET_RAW is needed" : "");
	return FALSE;
}

static gboolean
datapath_open_bell(struct datapath *dp, GError **error)
{
	if (control_bell_init(&dp->bell))
		return TRUE;
	g_set_error(error, DATAPATH_ERROR, DATAPATH_ERROR_FAILED, "%s: no file descriptors left: %s", dp->name,
		    g_strerror(errno));
	return FALSE;
}

static gboolean
datapath_make_umem(struct datapath *dp, GError **error)
{
	guint n_frames = dp->config.n_frames;
	gboolean small = dp->config.mtu + ETHER_OVERHEAD <= FRAME_SIZE_SMALL - UMEM_HEADROOM;

	if (n_frames == 0)
		n_frames = dp->n_workers * (DEFAULT_PORTS + 1) * XSK_FRAMES;
	dp->umem = umem_new(n_frames, small ? FRAME_SIZE_SMALL : FRAME_SIZE_LARGE);
	if (dp->umem != NULL)
		return TRUE;
	g_set_error(error, DATAPATH_ERROR, DATAPATH_ERROR_FAILED, "%s: no memory for %u frames", dp->name, n_frames);
	return FALSE;
}

static gboolean
datapath_start_workers(struct datapath *dp, GError **error)
{
	guint share = dp->umem->n_frames / dp->n_workers;

	for (guint i = 0; i < dp->n_workers; i++) {
		struct worker_config config = {
		    .index = i,
		    .umem = dp->umem,
		    .first_frame = i * share,
		    .n_frames = share,
		    .plans = dp->plans,
		    .host = dp->host,
		    .bell = &dp->bell,
		    .busy_poll = dp->config.busy_poll,
		    .held = &dp->held,
		};

		dp->workers[i] = worker_new(&config, error);
		if (dp->workers[i] == NULL)
			return FALSE;
	}
	return TRUE;
}

void
datapath_publish(struct datapath *dp, struct bond_plan *plan)
{
	plan_box_publish(dp->plans, plan);
	if (!__atomic_exchange_n(&dp->held, FALSE, __ATOMIC_ACQ_REL))
		return;
	for (guint i = 0; i < dp->n_workers; i++)
		worker_wake(dp->workers[i]);
}

void
datapath_renew(struct datapath *dp)
{
	for (guint slot = 0; slot < UMEM_N_SLOTS; slot++) {
		if (dp->ports[slot] != NULL)
			xdp_attach_renew(dp->ports[slot]->attach);
	}
}

/* Receive queues of a device; one if it does not say. */
static guint
datapath_count_queues(const struct datapath *dp, const char *ifname)
{
	struct ethtool_channels channels = {.cmd = ETHTOOL_GCHANNELS};
	struct ifreq request = {.ifr_data = (void *) &channels};

	g_strlcpy(request.ifr_name, ifname, sizeof(request.ifr_name));
	if (ioctl(dp->packet_fd, SIOCETHTOOL, &request) != 0)
		return 1;
	return CLAMP(channels.rx_count + channels.combined_count, 1, MAX_QUEUES);
}

static void
datapath_close_sockets(struct xsk **sockets, guint n)
{
	for (guint i = 0; i < n; i++)
		xsk_close(sockets[i]);
	g_free(sockets);
}

static struct xsk **
datapath_open_sockets(struct datapath *dp, const struct datapath_port *port, GError **error)
{
	guint n = port->info.n_queues;
	struct xsk **sockets = g_new0(struct xsk *, n);

	for (guint q = 0; q < n; q++) {
		sockets[q] = xsk_open(dp->umem, port->ifindex, q, port->slot, OPEN_PATIENCE, error);
		if (sockets[q] == NULL) {
			datapath_close_sockets(sockets, q);
			return NULL;
		}
	}
	return sockets;
}

/* Each worker gets the queues of its index; a device with more queues than workers gives some of them several. */
static void
datapath_hand_sockets(struct datapath *dp, const struct datapath_port *port, struct xsk **sockets)
{
	struct xsk *own[MAX_QUEUES];

	for (guint i = 0; i < dp->n_workers; i++) {
		guint n = 0;

		for (guint q = i; q < port->info.n_queues; q += dp->n_workers)
			own[n++] = sockets[q];
		worker_add_port(dp->workers[i], port->slot, port->ifindex, own, n, port->attach);
	}
}

static gboolean
datapath_steer(const struct datapath_port *port, const int *fds, GError **error)
{
	for (guint q = 0; q < port->info.n_queues; q++) {
		if (!xdp_attach_set_socket(port->attach, q, fds[q], error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
datapath_start_port(struct datapath *dp, struct datapath_port *port, GError **error)
{
	struct xsk **sockets = datapath_open_sockets(dp, port, error);
	int fds[MAX_QUEUES];
	gboolean done;

	if (sockets == NULL)
		return FALSE;
	port->info.zero_copy = sockets[0]->zero_copy;
	for (guint q = 0; q < port->info.n_queues; q++)
		fds[q] = sockets[q]->fd;
	/* From here on the sockets belong to the workers. */
	datapath_hand_sockets(dp, port, sockets);
	g_free(sockets);
	done = datapath_steer(port, fds, error);
	for (guint i = 0; !done && i < dp->n_workers; i++)
		worker_remove_port(dp->workers[i], port->slot);
	return done;
}

static void
datapath_port_free(struct datapath_port *port)
{
	xdp_attach_free(port->attach);
	g_free(port->ifname);
	g_free(port);
}

static gboolean
datapath_add_slot(struct datapath *dp, guint slot, enum xdp_program program, const char *ifname, int ifindex,
		  GError **error)
{
	struct datapath_port *port;

	if ((int) if_nametoindex(ifname) != ifindex) {
		g_set_error(error, DATAPATH_ERROR, DATAPATH_ERROR_NO_DEVICE, "%s is gone or has another name", ifname);
		return FALSE;
	}
	port = g_new0(struct datapath_port, 1);
	port->slot = slot;
	port->ifindex = ifindex;
	port->ifname = g_strdup(ifname);
	port->since = datapath_now();
	port->info.n_queues = datapath_count_queues(dp, ifname);
	if (port->info.n_queues < dp->n_workers)
		g_set_error(error, DATAPATH_ERROR, DATAPATH_ERROR_UNSUPPORTED,
			    "%s has %u queues and %s has %u workers: give it more (`ethtool -L %s`) or the bond fewer",
			    ifname, port->info.n_queues, dp->name, dp->n_workers, ifname);
	else
		port->attach = xdp_attach_new(program, ifindex, ifname, dp->config.keeper, error);
	if (port->attach == NULL || !datapath_start_port(dp, port, error)) {
		datapath_port_free(port);
		return FALSE;
	}
	port->info.xdp_mode = xdp_attach_mode(port->attach);
	dp->ports[slot] = port;
	return TRUE;
}

gboolean
datapath_add_port(struct datapath *dp, bond_port_id id, const char *ifname, int ifindex, GError **error)
{
	g_return_val_if_fail(id < BOND_MAX_PORTS && dp->ports[id] == NULL, FALSE);
	return datapath_add_slot(dp, id, XDP_PROGRAM_PORT, ifname, ifindex, error);
}

static void
datapath_remove_slot(struct datapath *dp, guint slot)
{
	if (dp->ports[slot] == NULL)
		return;
	for (guint i = 0; i < dp->n_workers; i++)
		worker_remove_port(dp->workers[i], slot);
	g_clear_pointer(&dp->ports[slot], datapath_port_free);
}

void
datapath_remove_port(struct datapath *dp, bond_port_id id)
{
	if (id < BOND_MAX_PORTS)
		datapath_remove_slot(dp, id);
}

static gboolean
datapath_add_twin(struct datapath *dp, GError **error)
{
	char name[IF_NAMESIZE] = "";

	return dp->host->twin == 0 ||
	       (if_indextoname((unsigned int) dp->host->twin, name) != NULL &&
		datapath_add_slot(dp, UMEM_SLOT_HOST, XDP_PROGRAM_TWIN, name, dp->host->twin, error));
}

struct datapath *
datapath_new(const struct datapath_config *config, GError **error)
{
	struct datapath *dp = g_new0(struct datapath, 1);

	dp->packet_fd = -1;
	dp->bell.fd = -1;
	dp->name = g_strdup(config->name);
	dp->config = *config;
	dp->config.name = dp->name;
	dp->held = config->adopt != NULL;
	dp->n_workers = CLAMP(config->n_queues, 1, MAX_QUEUES);
	dp->config.n_queues = dp->n_workers;
	dp->workers = g_new0(struct worker *, dp->n_workers);
	dp->plans = plan_box_new(dp->n_workers, datapath_empty_plan());
	if (datapath_make_umem(dp, error) && datapath_open_packet(dp, error) && datapath_open_bell(dp, error) &&
	    (dp->host = host_port_new(&dp->config, error)) != NULL && datapath_start_workers(dp, error) &&
	    datapath_add_twin(dp, error))
		return dp;
	/* What could not be taken over is not ours to remove. */
	if (config->adopt != NULL)
		datapath_leave(dp);
	else
		datapath_free(dp);
	return NULL;
}

/* What remains when the devices are given back or left. */
static void
datapath_end(struct datapath *dp)
{
	g_free(dp->workers);
	plan_box_free(dp->plans);
	umem_free(dp->umem);
	if (dp->packet_fd >= 0)
		close(dp->packet_fd);
	control_bell_clear(&dp->bell);
	g_free(dp->name);
	g_free(dp);
}

static void
datapath_stop_workers(struct datapath *dp)
{
	for (guint i = 0; i < dp->n_workers; i++)
		worker_free(dp->workers[i]);
}

void
datapath_free(struct datapath *dp)
{
	if (dp == NULL)
		return;
	for (guint slot = 0; slot < UMEM_N_SLOTS; slot++)
		datapath_remove_slot(dp, slot);
	datapath_stop_workers(dp);
	host_port_free(dp->host);
	datapath_end(dp);
}

void
datapath_leave(struct datapath *dp)
{
	datapath_stop_workers(dp);
	for (guint slot = 0; slot < UMEM_N_SLOTS; slot++) {
		struct datapath_port *port = dp->ports[slot];

		if (port == NULL)
			continue;
		xdp_attach_leave(port->attach);
		g_free(port->ifname);
		g_free(port);
	}
	if (dp->host != NULL)
		host_port_leave(dp->host);
	datapath_end(dp);
}

void
datapath_get_remains(const struct datapath *dp, struct datapath_remains *remains)
{
	*remains = (struct datapath_remains){
	    .ifindex = dp->host->ifindex,
	    .lower = dp->host->lower,
	    .veth = dp->host->near,
	    .twin = dp->host->twin,
	};
}

gboolean
datapath_is_alive(struct datapath *dp)
{
	gboolean alive = TRUE;

	for (guint i = 0; i < dp->n_workers; i++)
		alive = worker_is_alive(dp->workers[i]) && alive;
	return alive;
}

static gboolean
datapath_has_port(const struct datapath *dp, bond_port_id id)
{
	return id < BOND_MAX_PORTS && dp->ports[id] != NULL;
}

gboolean
datapath_send(struct datapath *dp, bond_port_id id, const guint8 *frame, gsize len, GError **error)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_halen = ETHER_ADDR_LEN};

	if (!datapath_has_port(dp, id)) {
		g_set_error(error, DATAPATH_ERROR, DATAPATH_ERROR_NO_DEVICE, "%s has no port %u", dp->name, id);
		return FALSE;
	}
	g_return_val_if_fail(len >= ETHER_HDR_LEN, FALSE);
	address.sll_ifindex = dp->ports[id]->ifindex;
	address.sll_protocol = (guint16) (frame[13] << 8 | frame[12]);
	memcpy(address.sll_addr, frame, ETHER_ADDR_LEN);
	if (sendto(dp->packet_fd, frame, len, MSG_DONTWAIT, (const struct sockaddr *) &address, sizeof(address)) >= 0)
		return TRUE;
	g_set_error(error, DATAPATH_ERROR,
		    errno == ENODEV || errno == ENXIO ? DATAPATH_ERROR_NO_DEVICE : DATAPATH_ERROR_FAILED,
		    "%s: cannot send a frame: %s", dp->ports[id]->ifname, g_strerror(errno));
	return FALSE;
}

int
datapath_control_fd(const struct datapath *dp)
{
	return dp->bell.fd;
}

/* A frame of a port that has left since, maybe to make room for another of the same number, is nobody's. */
static gboolean
datapath_is_current(const struct datapath *dp, enum worker_origin origin, const struct control_frame *frame)
{
	return origin == WORKER_FROM_HOST ||
	       (datapath_has_port(dp, (bond_port_id) frame->port) && frame->time >= dp->ports[frame->port]->since);
}

/* Returns whether some are left. */
static gboolean
datapath_read_ring(struct datapath *dp, guint worker, enum worker_origin origin, datapath_control_func func, void *user)
{
	static const enum datapath_origin origins[] = {
	    [WORKER_FROM_WIRE] = DATAPATH_FROM_WIRE,
	    [WORKER_FROM_HOST] = DATAPATH_FROM_HOST,
	};
	struct control_ring *ring = worker_control_ring(dp->workers[worker], origin);
	struct control_frame frame;

	for (guint n = 0; n < CONTROL_BUDGET; n++) {
		bond_port_id id;

		if (!control_ring_peek(ring, &frame))
			return FALSE;
		id = origin == WORKER_FROM_HOST ? BOND_PORT_NONE : (bond_port_id) frame.port;
		if (datapath_is_current(dp, origin, &frame))
			func(user, origins[origin], id, frame.data, frame.len, frame.time);
		control_ring_pop(ring);
	}
	return control_ring_peek(ring, &frame);
}

gboolean
datapath_read_control(struct datapath *dp, datapath_control_func func, void *user)
{
	gboolean left = FALSE;

	control_bell_answer(&dp->bell);
	for (guint i = 0; i < dp->n_workers; i++) {
		for (guint origin = 0; origin < WORKER_N_ORIGINS; origin++)
			left |= datapath_read_ring(dp, i, origin, func, user);
	}
	return left;
}

guint64
datapath_take_suspects(struct datapath *dp)
{
	guint64 suspects = 0;

	control_bell_answer(&dp->bell);
	for (guint i = 0; i < dp->n_workers; i++)
		suspects |= worker_take_suspects(dp->workers[i]);
	return suspects;
}

bond_time
datapath_last_rx(struct datapath *dp, bond_port_id id)
{
	bond_time last = 0;

	if (!datapath_has_port(dp, id))
		return 0;
	for (guint i = 0; i < dp->n_workers; i++)
		last = MAX(last, worker_last_rx(dp->workers[i], id));
	/* The port that had the number before has gone. */
	return last >= dp->ports[id]->since ? last : 0;
}

guint32
datapath_get_turn(struct datapath *dp)
{
	return worker_turn(dp->workers[0]);
}

void
datapath_get_loads(struct datapath *dp, guint64 loads[BOND_PLAN_TABLE_SIZE + 1])
{
	memset(loads, 0, (BOND_PLAN_TABLE_SIZE + 1) * sizeof(*loads));
	for (guint i = 0; i < dp->n_workers; i++)
		worker_add_loads(dp->workers[i], loads);
}

gboolean
datapath_set_mac(struct datapath *dp, const struct bond_mac *mac, GError **error)
{
	return host_port_set_mac(dp->host, mac, error);
}

gboolean
datapath_set_mtu(struct datapath *dp, guint mtu, GError **error)
{
	return host_port_set_mtu(dp->host, mtu, error);
}

gboolean
datapath_set_carrier(struct datapath *dp, gboolean up, GError **error)
{
	if (!dp->host->ops->set_carrier(dp->host, up, error))
		return FALSE;
	/* The twin's sockets may have been closed while it was down. */
	for (guint i = 0; up && i < dp->n_workers; i++)
		worker_wake(dp->workers[i]);
	return TRUE;
}

int
datapath_ifindex(const struct datapath *dp)
{
	return dp->host->ifindex;
}

static void
datapath_sum_counters(struct datapath *dp, guint slot, struct datapath_counters *counters)
{
	*counters = (struct datapath_counters){0};
	for (guint i = 0; i < dp->n_workers; i++) {
		worker_update_counters(dp->workers[i]);
		worker_add_counters(dp->workers[i], slot, counters);
	}
}

void
datapath_get_counters(struct datapath *dp, struct datapath_counters *counters)
{
	datapath_sum_counters(dp, UMEM_SLOT_HOST, counters);
}

gboolean
datapath_get_port_counters(struct datapath *dp, bond_port_id id, struct datapath_counters *counters)
{
	if (!datapath_has_port(dp, id))
		return FALSE;
	datapath_sum_counters(dp, id, counters);
	return TRUE;
}

gboolean
datapath_get_port_info(struct datapath *dp, bond_port_id id, struct datapath_port_info *info)
{
	if (!datapath_has_port(dp, id))
		return FALSE;
	*info = dp->ports[id]->info;
	return TRUE;
}

void
datapath_frame_census(struct datapath *dp, struct datapath_frame_census *census)
{
	*census = (struct datapath_frame_census){0};
	for (guint i = 0; i < dp->n_workers; i++)
		worker_add_census(dp->workers[i], census);
}

bond_time
datapath_first_transmit(struct datapath *dp, guint64 *generation)
{
	bond_time first = 0;

	*generation = 0;
	for (guint i = 0; i < dp->n_workers; i++) {
		guint64 by;
		bond_time time = worker_first_transmit(dp->workers[i], &by);

		if (time != 0 && (by > *generation || (by == *generation && time < first))) {
			*generation = by;
			first = time;
		}
	}
	return first;
}
