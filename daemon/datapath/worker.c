/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker-private.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* While a device is busy or down somebody must look again; else nothing but a frame or the mailbox ends a sleep. */
#define SLEEP_UNSENT_MS 1
#define SLEEP_NOT_UP_MS 20
/* Rounds of a worker that never sleeps between two looks at devices that are down. */
#define ROUNDS_PER_RETRY 256
/* Some seven hundred short frames. */
#define CONTROL_RING_SIZE 65536

/* Gives back the frames of a burst that the plan does not give to the host; what is left may be nothing. */
static void
worker_sift(struct worker *worker, const struct bond_plan *plan, guint slot, struct burst *burst)
{
	struct burst all = *burst;
	guint pieces = 0;
	guint n = 0;

	for (guint i = 0; i < all.n; i++) {
		const struct xdp_desc *first = &all.pieces[all.first[i]];
		guint n_pieces = burst_n_pieces(&all, i);

		if (bond_plan_receive_frame(plan, (bond_port_id) slot, umem_data(worker->umem, first->addr))) {
			memcpy(&burst->pieces[pieces], first, n_pieces * sizeof(*first));
			burst->first[n++] = pieces;
			pieces += n_pieces;
		} else {
			worker_count_port_drop(worker, slot, DATAPATH_DROP_INACTIVE, 1);
			worker_put_pieces(worker, first, n_pieces);
		}
	}
	burst->first[n] = pieces;
	burst->n = n;
}

/* Clients know ports by addresses of their own; the host knows only the bond's. */
static void
worker_rewrite(struct worker *worker, const struct bond_plan *plan, guint slot, const struct burst *burst)
{
	for (guint i = 0; i < burst->n; i++)
		bond_plan_rewrite_destination(plan, (bond_port_id) slot,
					      umem_data(worker->umem, burst->pieces[burst->first[i]].addr));
}

static guint
worker_receive_socket(struct worker *worker, const struct bond_plan *plan, guint slot, struct xsk *xsk)
{
	struct datapath_counters *counters = &worker->counters[slot];
	struct datapath_counters *total = &worker->counters[UMEM_SLOT_HOST];
	struct burst burst;
	guint64 bytes = 0;

	xsk_refill(xsk, &worker->pool);
	if (xsk_receive(xsk, worker->umem, &burst) == 0)
		return 0;
	if (G_UNLIKELY(plan->control != 0))
		worker_control_received(worker, plan, slot, &burst);
	if (G_UNLIKELY(!bond_plan_receive(plan, (bond_port_id) slot))) {
		worker_sift(worker, plan, slot, &burst);
		if (burst.n == 0)
			return 1;
	}
	if (G_UNLIKELY(plan->rewrite_destination))
		worker_rewrite(worker, plan, slot, &burst);
	for (guint i = 0; i < burst.first[burst.n]; i++)
		bytes += burst.pieces[i].len;
	counter_add(&counters->rx_packets, burst.n);
	counter_add(&counters->rx_bytes, bytes);
	counter_add(&total->rx_packets, burst.n);
	counter_add(&total->rx_bytes, bytes);
	worker->config.host->ops->deliver(worker, worker->host, &burst);
	return burst.n;
}

static guint
worker_receive(struct worker *worker, const struct bond_plan *plan)
{
	guint n = 0;

	for (guint i = 0; i < worker->n_ports; i++) {
		struct worker_port *port = worker->ports[worker->order[i]];

		if (port->slot == UMEM_SLOT_HOST || port->state != WORKER_PORT_UP)
			continue;
		for (guint q = 0; q < port->n_sockets; q++)
			n += worker_receive_socket(worker, plan, port->slot, port->sockets[q]);
	}
	worker_flush_host(worker);
	return n;
}

static void
worker_read_mail(struct worker *worker)
{
	guint64 n;

	pthread_mutex_lock(&worker->lock);
	(void) !read(worker->wake_fd, &n, sizeof(n));
	__atomic_add_fetch(&worker->beats, 1, __ATOMIC_RELAXED);
	if (worker->mail_func != NULL)
		worker->mail_func(worker, worker->mail_arg);
	worker->mail_func = NULL;
	__atomic_store_n(&worker->mail, FALSE, __ATOMIC_RELAXED);
	pthread_cond_broadcast(&worker->answered);
	pthread_mutex_unlock(&worker->lock);
	if (worker->any_not_up) {
		worker->retry_after = 0;
		worker_retry_ports(worker);
	}
}

/* With the lock held. */
static void
worker_ring(struct worker *worker)
{
	guint64 one = 1;

	__atomic_store_n(&worker->mail, TRUE, __ATOMIC_RELEASE);
	(void) !write(worker->wake_fd, &one, sizeof(one));
}

void
worker_wake(struct worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	worker_ring(worker);
	pthread_mutex_unlock(&worker->lock);
}

gboolean
worker_is_alive(struct worker *worker)
{
	guint beats = __atomic_load_n(&worker->beats, __ATOMIC_RELAXED);
	gboolean alive = beats != worker->last_beats;

	worker->last_beats = beats;
	/* One that hangs may have the lock. */
	if (pthread_mutex_trylock(&worker->lock) == 0) {
		worker_ring(worker);
		pthread_mutex_unlock(&worker->lock);
	}
	return alive;
}

void
worker_call(struct worker *worker, void (*func)(struct worker *worker, gpointer arg), gpointer arg)
{
	pthread_mutex_lock(&worker->lock);
	worker->mail_func = func;
	worker->mail_arg = arg;
	worker_ring(worker);
	while (worker->mail_func != NULL)
		pthread_cond_wait(&worker->answered, &worker->lock);
	pthread_mutex_unlock(&worker->lock);
}

void
worker_reap_all(struct worker *worker)
{
	for (guint i = 0; i < worker->n_ports; i++) {
		struct worker_port *port = worker->ports[worker->order[i]];

		for (guint q = 0; port->state == WORKER_PORT_UP && q < port->n_sockets; q++)
			xsk_reap(port->sockets[q], &worker->pool);
	}
}

static gboolean
worker_is_held(const struct worker *worker)
{
	return G_UNLIKELY(__atomic_load_n(worker->config.held, __ATOMIC_ACQUIRE));
}

static void
worker_sleep(struct worker *worker)
{
	/* The first is the mailbox. */
	guint n_fds = worker_is_held(worker) ? 1 : worker->poll_fds->len;
	int timeout = worker->unsent != 0 || worker->host_unsent || worker->any_refused ? SLEEP_UNSENT_MS
		      : worker->any_not_up						? SLEEP_NOT_UP_MS
											: -1;

	plan_box_leave(worker->config.plans, worker->config.index);
	(void) poll((struct pollfd *) worker->poll_fds->data, n_fds, timeout);
}

static void
worker_idle(struct worker *worker)
{
	worker_reap_all(worker);
	if (worker->any_not_up)
		worker_retry_ports(worker);
	if (!worker->config.busy_poll)
		worker_sleep(worker);
}

static gpointer
worker_main(gpointer data)
{
	struct worker *worker = data;
	const struct host_port_ops *host = worker->config.host->ops;

	while (!worker->stop) {
		const struct bond_plan *plan = plan_box_enter(worker->config.plans, worker->config.index);
		guint n = 0;

		worker->generation = plan->generation;
		if (G_UNLIKELY(worker->any_refused))
			worker_settle_refused(worker, plan);
		if (!worker_is_held(worker)) {
			n = host->take(worker, worker->host, plan);
			worker_flush(worker, plan);
			n += worker_receive(worker, plan);
		}
		if (G_UNLIKELY(worker->unsent != 0 || worker->host_unsent))
			worker_flush_unsent(worker);
		if (__atomic_load_n(&worker->mail, __ATOMIC_ACQUIRE))
			worker_read_mail(worker);
		else if (n == 0 || ++worker->rounds % ROUNDS_PER_RETRY == 0)
			worker_idle(worker);
	}
	plan_box_leave(worker->config.plans, worker->config.index);
	return NULL;
}

static void
worker_destroy(struct worker *worker)
{
	pthread_mutex_destroy(&worker->lock);
	pthread_cond_destroy(&worker->answered);
	g_array_unref(worker->poll_fds);
	worker->config.host->ops->queue_free(worker->host);
	for (guint i = 0; i < WORKER_N_ORIGINS; i++)
		control_ring_free(worker->control[i]);
	control_ring_free(worker->refused);
	umem_pool_clear(&worker->pool);
	if (worker->wake_fd >= 0)
		close(worker->wake_fd);
	if (worker->query_fd >= 0)
		close(worker->query_fd);
	g_free(worker);
}

struct worker *
worker_new(const struct worker_config *config, GError **error)
{
	struct worker *worker = g_new0(struct worker, 1);
	g_autofree char *name = g_strdup_printf("%.10s-%u", config->host->name, config->index);

	worker->config = *config;
	worker->umem = config->umem;
	/* A new one is alive. */
	worker->last_beats = G_MAXUINT;
	umem_pool_init(&worker->pool, config->umem, config->first_frame, config->n_frames);
	worker->host = config->host->ops->queue_new(config->host, config->index);
	worker->plan_state.random = g_random_int() | 1;
	for (guint i = 0; i < WORKER_N_ORIGINS; i++)
		worker->control[i] = control_ring_new(CONTROL_RING_SIZE);
	worker->refused = control_ring_new(CONTROL_RING_SIZE);
	worker->poll_fds = g_array_new(FALSE, FALSE, sizeof(struct pollfd));
	pthread_mutex_init(&worker->lock, NULL);
	pthread_cond_init(&worker->answered, NULL);
	worker->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	worker->query_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	worker_rebuild_poll(worker);
	if (worker->wake_fd >= 0 && worker->query_fd >= 0)
		worker->thread = g_thread_try_new(name, worker_main, worker, error);
	else
		g_set_error(error, DATAPATH_ERROR, DATAPATH_ERROR_FAILED, "%s: no file descriptors left: %s",
			    config->host->name, g_strerror(errno));
	if (worker->thread == NULL)
		g_clear_pointer(&worker, worker_destroy);
	return worker;
}

static void
worker_do_stop(struct worker *worker, gpointer arg)
{
	worker->stop = TRUE;
}

void
worker_free(struct worker *worker)
{
	if (worker == NULL)
		return;
	worker_call(worker, worker_do_stop, NULL);
	g_thread_join(worker->thread);
	worker_forget_ports(worker);
	worker_destroy(worker);
}

void
worker_add_counters(struct worker *worker, guint slot, struct datapath_counters *sum)
{
	/* A table of words, whatever their names. */
	const guint64 *from = (const guint64 *) &worker->counters[slot];
	guint64 *to = (guint64 *) sum;

	for (guint i = 0; i < sizeof(*sum) / sizeof(guint64); i++)
		to[i] += __atomic_load_n(&from[i], __ATOMIC_RELAXED);
}

static void
worker_census_socket(const struct worker *worker, const struct xsk *xsk, struct datapath_frame_census *sum)
{
	guint received = xsk_received(xsk);
	guint n_completed = xsk_completed(xsk);
	guint completed = 0;

	/* A shared frame is counted once, as held. */
	for (guint i = 0; i < n_completed; i++) {
		guint64 addr =
		    *xsk_ring_cons__comp_addr((struct xsk_ring_cons *) &xsk->comp, xsk->comp.cached_cons + i);

		completed += worker->umem->owner[umem_index(worker->umem, addr)] != UMEM_SHARED;
	}
	sum->rx += received;
	sum->fill += xsk->fill_out - received;
	sum->completion += completed;
	sum->tx += xsk->tx_exclusive - completed;
}

/* Frames of ports whose sockets are being closed are still the kernel's. */
static void
worker_census_closing(const struct worker *worker, const struct worker_port *port, struct datapath_frame_census *sum)
{
	const struct umem_pool *pool = &worker->pool;

	for (guint i = pool->first; i < pool->first + pool->n_total; i++) {
		sum->fill += worker->umem->owner[i] == UMEM_FILL + port->slot;
		sum->tx += worker->umem->owner[i] == UMEM_TX + port->slot;
	}
}

static void
worker_do_census(struct worker *worker, gpointer arg)
{
	struct datapath_frame_census *sum = arg;
	const struct umem_pool *pool = &worker->pool;

	for (guint i = 0; i < worker->n_ports; i++) {
		const struct worker_port *port = worker->ports[worker->order[i]];

		for (guint q = 0; port->state == WORKER_PORT_UP && q < port->n_sockets; q++)
			worker_census_socket(worker, port->sockets[q], sum);
		if (port->state == WORKER_PORT_CLOSING)
			worker_census_closing(worker, port, sum);
	}
	for (guint i = pool->first; i < pool->first + pool->n_total; i++)
		sum->held += worker->umem->owner[i] == UMEM_HELD || worker->umem->owner[i] == UMEM_SHARED;
	sum->pool += pool->n_free;
	sum->total += pool->n_total;
}

void
worker_add_census(struct worker *worker, struct datapath_frame_census *sum)
{
	worker_call(worker, worker_do_census, sum);
}

bond_time
worker_first_transmit(const struct worker *worker, guint64 *generation)
{
	bond_time time;
	guint64 after;

	do {
		*generation = __atomic_load_n(&worker->sent_generation, __ATOMIC_SEQ_CST);
		time = __atomic_load_n(&worker->sent_time, __ATOMIC_SEQ_CST);
		after = __atomic_load_n(&worker->sent_generation, __ATOMIC_SEQ_CST);
	} while (*generation != after);
	return *generation != 0 ? time : 0;
}
