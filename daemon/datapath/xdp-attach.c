/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xdp-attach.h"

#include "steer.skel.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <unistd.h>

struct xdp_attach {
	struct steer *steer;
	const struct bpf_program *program;
	int link;
	enum datapath_xdp_mode mode;
	int ifindex;
	const struct datapath_keeper *keeper;
	gboolean old; /* the link has the program of an earlier daemon, which has our map */
};

#define KEPT_XDP "xdp"
#define KEPT_MAP "sockets"

/* The program that is on a device, in words. */
static char *
xdp_describe(guint32 id)
{
	struct bpf_prog_info info = {0};
	guint32 len = sizeof(info);
	g_autoptr(GString) text = g_string_new(NULL);
	int fd;

	g_string_printf(text, "program %u", id);
	/* Only CAP_SYS_ADMIN may look at it. */
	fd = bpf_prog_get_fd_by_id(id);
	if (fd < 0)
		return g_string_free(g_steal_pointer(&text), FALSE);
	if (bpf_obj_get_info_by_fd(fd, &info, &len) == 0) {
		g_string_append_printf(text, " '%s' tag ", info.name);
		for (guint i = 0; i < sizeof(info.tag); i++)
			g_string_append_printf(text, "%02x", info.tag[i]);
	}
	close(fd);
	return g_string_free(g_steal_pointer(&text), FALSE);
}

/* Id of the program on a device in any mode, 0 if there is none. */
static guint32
xdp_query(int ifindex)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, opts);

	if (bpf_xdp_query(ifindex, 0, &opts) != 0)
		return 0;
	return opts.prog_id	  ? opts.prog_id
	       : opts.drv_prog_id ? opts.drv_prog_id
	       : opts.skb_prog_id ? opts.skb_prog_id
				  : opts.hw_prog_id;
}

static gboolean
xdp_is_taken(int ifindex, const char *ifname, GError **error)
{
	guint32 id = xdp_query(ifindex);
	g_autofree char *program = NULL;

	if (id == 0)
		return FALSE;
	program = xdp_describe(id);
	g_set_error(
	    error, DATAPATH_ERROR, DATAPATH_ERROR_BUSY,
	    "%s has an XDP %s already, which is left alone (`bpftool prog show id %u` tells whose it is): take it off with "
	    "`ip link set dev %s xdp off` or stop the program that put it there",
	    ifname, program, id, ifname);
	return TRUE;
}

static int
xdp_link(int prog_fd, int ifindex, guint32 flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = flags);
	int fd = bpf_link_create(prog_fd, ifindex, BPF_XDP, &opts);

	return fd < 0 ? -errno : fd;
}

static gboolean
xdp_attach_link(struct xdp_attach *attach, int ifindex, const char *ifname, GError **error)
{
	int prog_fd = bpf_program__fd(attach->program);
	int native;

	attach->mode = DATAPATH_XDP_NATIVE;
	attach->link = native = xdp_link(prog_fd, ifindex, XDP_FLAGS_DRV_MODE);
	if (attach->link < 0 && !xdp_is_taken(ifindex, ifname, error)) {
		attach->mode = DATAPATH_XDP_GENERIC;
		attach->link = xdp_link(prog_fd, ifindex, XDP_FLAGS_SKB_MODE);
		if (attach->link >= 0)
			g_message("%s: no native XDP (%s), using generic XDP, which is slower", ifname,
				  g_strerror(-native));
	}
	if (attach->link >= 0)
		return TRUE;
	if (error == NULL || *error == NULL)
		g_set_error(error, DATAPATH_ERROR,
			    attach->link == -ENODEV ? DATAPATH_ERROR_NO_DEVICE : DATAPATH_ERROR_UNSUPPORTED,
			    "%s takes no XDP program, neither native (%s) nor generic (%s)", ifname,
			    g_strerror(-native), g_strerror(-attach->link));
	return FALSE;
}

/* A map that the program of an earlier daemon has: through it both serve the same sockets. */
static gboolean
xdp_take_map(struct xdp_attach *attach)
{
	struct bpf_map *sockets = attach->steer->maps.sockets;
	int map = keeper_take(attach->keeper, KEPT_MAP, attach->ifindex);
	struct bpf_map_info info = {0};
	guint32 len = sizeof(info);
	gboolean fits;

	if (map < 0)
		return FALSE;
	fits = bpf_obj_get_info_by_fd(map, &info, &len) == 0 && info.type == bpf_map__type(sockets) &&
	       info.max_entries == bpf_map__max_entries(sockets) && bpf_map__reuse_fd(sockets, map) == 0;
	close(map);
	return fits;
}

static gboolean
xdp_load(struct xdp_attach *attach, enum xdp_program program)
{
	attach->steer = steer__open();
	if (attach->steer == NULL)
		return FALSE;
	attach->program =
	    program == XDP_PROGRAM_TWIN ? attach->steer->progs.bondd_twin : attach->steer->progs.bondd_steer;
	/* Only the one that is wanted. */
	bpf_program__set_autoload(attach->steer->progs.bondd_twin, program == XDP_PROGRAM_TWIN);
	bpf_program__set_autoload(attach->steer->progs.bondd_steer, program == XDP_PROGRAM_PORT);
	attach->old = xdp_take_map(attach);
	return steer__load(attach->steer) == 0;
}

static enum datapath_xdp_mode
xdp_query_mode(int ifindex)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, opts);

	if (bpf_xdp_query(ifindex, 0, &opts) == 0 && opts.attach_mode == XDP_ATTACHED_SKB)
		return DATAPATH_XDP_GENERIC;
	return DATAPATH_XDP_NATIVE;
}

static gboolean
is_link_of(int link, int ifindex)
{
	struct bpf_link_info info = {0};
	guint32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(link, &info, &len) == 0 && info.type == BPF_LINK_TYPE_XDP &&
	       info.xdp.ifindex == (guint32) ifindex;
}

static void
xdp_keep(const struct xdp_attach *attach)
{
	keeper_keep(attach->keeper, KEPT_XDP, attach->ifindex, attach->link);
	keeper_drop(attach->keeper, KEPT_MAP, attach->ifindex);
	keeper_keep(attach->keeper, KEPT_MAP, attach->ifindex, bpf_map__fd(attach->steer->maps.sockets));
}

/* With the old one's map frames need not wait for our program: xdp_attach_renew(). */
static gboolean
xdp_take_link(struct xdp_attach *attach, int link)
{
	if (!is_link_of(link, attach->ifindex))
		return FALSE;
	if (!attach->old && bpf_link_update(link, bpf_program__fd(attach->program), NULL) != 0)
		return FALSE;
	attach->link = link;
	if (!attach->old)
		xdp_keep(attach);
	attach->mode = xdp_query_mode(attach->ifindex);
	return TRUE;
}

static gboolean
xdp_adopt(struct xdp_attach *attach)
{
	int link = keeper_take(attach->keeper, KEPT_XDP, attach->ifindex);

	if (link < 0)
		return FALSE;
	if (xdp_take_link(attach, link))
		return TRUE;
	(void) bpf_link_detach(link);
	close(link);
	keeper_drop(attach->keeper, KEPT_XDP, attach->ifindex);
	return FALSE;
}

static gboolean
xdp_attach_first(struct xdp_attach *attach, const char *ifname, GError **error)
{
	if (xdp_is_taken(attach->ifindex, ifname, error) || !xdp_attach_link(attach, attach->ifindex, ifname, error))
		return FALSE;
	attach->old = FALSE;
	xdp_keep(attach);
	return TRUE;
}

void
xdp_attach_renew(struct xdp_attach *attach)
{
	if (!attach->old)
		return;
	attach->old = FALSE;
	if (bpf_link_update(attach->link, bpf_program__fd(attach->program), NULL) != 0)
		g_warning("interface %d goes on with the XDP program of the last bondd: %s", attach->ifindex,
			  g_strerror(errno));
}

struct xdp_attach *
xdp_attach_new(enum xdp_program program, int ifindex, const char *ifname, const struct datapath_keeper *keeper,
	       GError **error)
{
	struct xdp_attach *attach = g_new0(struct xdp_attach, 1);

	attach->link = -1;
	attach->ifindex = ifindex;
	attach->keeper = keeper;
	if (!xdp_load(attach, program)) {
		g_set_error(error, DATAPATH_ERROR,
			    errno == EPERM ? DATAPATH_ERROR_NOT_PERMITTED : DATAPATH_ERROR_FAILED,
			    "cannot load the XDP program for %s: %s%s", ifname, g_strerror(errno),
			    errno == EPERM ? ": CAP_BPF and CAP_NET_ADMIN are needed" : "");
		g_clear_pointer(&attach, xdp_attach_free);
	} else if (!xdp_adopt(attach) && !xdp_attach_first(attach, ifname, error)) {
		g_clear_pointer(&attach, xdp_attach_free);
	}
	return attach;
}

void
xdp_attach_free(struct xdp_attach *attach)
{
	if (attach == NULL)
		return;
	if (attach->link >= 0) {
		/* Closing alone would leave it on for as long as the keeper or a forked child has the link open. */
		(void) bpf_link_detach(attach->link);
		keeper_drop(attach->keeper, KEPT_XDP, attach->ifindex);
		keeper_drop(attach->keeper, KEPT_MAP, attach->ifindex);
	}
	xdp_attach_leave(attach);
}

void
xdp_attach_leave(struct xdp_attach *attach)
{
	if (attach->link >= 0)
		close(attach->link);
	steer__destroy(attach->steer);
	g_free(attach);
}

void
xdp_attach_drop(const struct datapath_keeper *keeper, int ifindex)
{
	int link = keeper_take(keeper, KEPT_XDP, ifindex);

	if (link >= 0) {
		(void) bpf_link_detach(link);
		close(link);
	}
	keeper_drop(keeper, KEPT_XDP, ifindex);
	keeper_drop(keeper, KEPT_MAP, ifindex);
}

gboolean
xdp_attach_set_socket(const struct xdp_attach *attach, guint queue, int fd, GError **error)
{
	guint32 key = queue;
	int map = bpf_map__fd(attach->steer->maps.sockets);

	if (bpf_map_update_elem(map, &key, &fd, BPF_ANY) == 0)
		return TRUE;
	g_set_error(error, DATAPATH_ERROR, DATAPATH_ERROR_FAILED, "cannot steer queue %u to its socket: %s", queue,
		    g_strerror(errno));
	return FALSE;
}

enum datapath_xdp_mode
xdp_attach_mode(const struct xdp_attach *attach)
{
	return attach->mode;
}
