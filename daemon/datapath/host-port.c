/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host-port.h"

#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>

/* Two tags: QinQ. */
#define VLAN_HEADERS 8

static const struct host_port_ops *const host_kinds[] = {
    [DATAPATH_HOST_TAP] = &host_tap,
    [DATAPATH_HOST_VETH] = &host_veth,
    [DATAPATH_HOST_MIXED] = &host_mixed,
};

gboolean
host_port_link_failed(GError *link_error, GError **error)
{
	static const struct {
		int err;
		enum datapath_error code;
	} codes[] = {
	    {ENODEV, DATAPATH_ERROR_NO_DEVICE},	      {ENXIO, DATAPATH_ERROR_NO_DEVICE},
	    {EEXIST, DATAPATH_ERROR_EXISTS},	      {EPERM, DATAPATH_ERROR_NOT_PERMITTED},
	    {EOPNOTSUPP, DATAPATH_ERROR_UNSUPPORTED}, {EINVAL, DATAPATH_ERROR_UNSUPPORTED},
	};
	enum datapath_error code = DATAPATH_ERROR_FAILED;

	for (guint i = 0; i < G_N_ELEMENTS(codes); i++) {
		if (codes[i].err == link_error->code)
			code = codes[i].code;
	}
	g_set_error_literal(error, DATAPATH_ERROR, code, link_error->message);
	g_error_free(link_error);
	return FALSE;
}

gboolean
host_port_exists(const char *name, GError **error)
{
	if (if_nametoindex(name) == 0)
		return FALSE;
	g_set_error(error, DATAPATH_ERROR, DATAPATH_ERROR_EXISTS,
		    "an interface %s exists already: remove it (`ip link del %s`) or choose another name", name, name);
	return TRUE;
}

void
host_port_hidden_name(const char *name, const char *suffix, char *hidden)
{
	if (strlen(name) + strlen(suffix) < BOND_NAME_SIZE)
		g_snprintf(hidden, BOND_NAME_SIZE, "%s%s", name, suffix);
	else
		g_snprintf(hidden, BOND_NAME_SIZE, "%.7s%04x%s", name, g_str_hash(name) & 0xffff, suffix);
}

gboolean
host_port_fill(struct host_port *host, const struct datapath_config *config, struct link_config *link, GError **error)
{
	const struct datapath_remains *remains = config->adopt;
	char name[IF_NAMESIZE];

	host->link = link;
	host->keeper = config->keeper;
	g_strlcpy(host->name, config->name, sizeof(host->name));
	if (remains == NULL)
		return TRUE;
	if (if_indextoname((unsigned int) remains->ifindex, name) == NULL) {
		g_set_error(error, DATAPATH_ERROR, DATAPATH_ERROR_NO_DEVICE, "%s: its interface is gone", config->name);
		return FALSE;
	}
	g_strlcpy(host->name, name, sizeof(host->name));
	host->ifindex = remains->ifindex;
	host->lower = remains->lower;
	host->near = remains->veth;
	host->twin = remains->twin;
	return TRUE;
}

static void
host_port_note_mtu(struct host_port *host, guint mtu)
{
	__atomic_store_n(&host->max_frame, mtu + ETHER_HDR_LEN + VLAN_HEADERS, __ATOMIC_RELAXED);
}

/* What the interface is to have when it is new, and has when it is not. */
static gboolean
host_port_set_up(struct host_port *host, const struct datapath_config *config, GError **error)
{
	if (config->adopt == NULL)
		return host_port_set_mac(host, &config->mac, error) && host_port_set_mtu(host, config->mtu, error);
	if (host->ops->note_mac != NULL)
		host->ops->note_mac(host, &config->mac);
	return TRUE;
}

struct host_port *
host_port_new(const struct datapath_config *config, GError **error)
{
	struct host_port *host;
	struct link_config *link;
	GError *link_error = NULL;

	if (config->host >= G_N_ELEMENTS(host_kinds)) {
		g_set_error(error, DATAPATH_ERROR, DATAPATH_ERROR_UNSUPPORTED, "%s: no such kind of host side",
			    config->name);
		return NULL;
	}
	link = link_config_new(&link_error);
	if (link == NULL) {
		host_port_link_failed(link_error, error);
		return NULL;
	}
	host = config->adopt != NULL ? host_kinds[config->host]->adopt(config, link, error)
				     : host_kinds[config->host]->create(config, link, error);
	if (host == NULL) {
		link_config_free(link);
		return NULL;
	}
	host->ops = host_kinds[config->host];
	host_port_note_mtu(host, config->mtu);
	if (!host_port_set_up(host, config, error))
		g_clear_pointer(&host, host_port_free);
	return host;
}

void
host_port_free(struct host_port *host)
{
	struct link_config *link;

	if (host == NULL)
		return;
	link = host->link;
	host->ops->destroy(host);
	link_config_free(link);
}

void
host_port_leave(struct host_port *host)
{
	struct link_config *link = host->link;

	host->ops->leave(host);
	link_config_free(link);
}

gboolean
host_port_set_mac(struct host_port *host, const struct bond_mac *mac, GError **error)
{
	GError *link_error = NULL;

	if (!link_set_mac(host->link, host->ifindex, mac, &link_error))
		return host_port_link_failed(link_error, error);
	if (host->ops->note_mac != NULL)
		host->ops->note_mac(host, mac);
	return TRUE;
}

gboolean
host_port_set_mtu(struct host_port *host, guint mtu, GError **error)
{
	GError *link_error = NULL;

	/* That first: it must take whatever the host sends. */
	if (host->follower != 0 && !link_set_mtu(host->link, host->follower, mtu, &link_error))
		return host_port_link_failed(link_error, error);
	if (!link_set_mtu(host->link, host->ifindex, mtu, &link_error))
		return host_port_link_failed(link_error, error);
	host_port_note_mtu(host, mtu);
	return TRUE;
}
