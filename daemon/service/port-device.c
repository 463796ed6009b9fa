/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "port-device.h"

#include "error.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <unistd.h>

#define FEATURE_RXVLAN "rx-vlan-hw-parse"

/* FALSE if it cannot be read: a kernel without IPv6. */
static gboolean
read_ipv6_disabled(const char *name, gboolean *disabled)
{
	g_autofree char *path = g_strdup_printf("/proc/sys/net/ipv6/conf/%s/disable_ipv6", name);
	g_autofree char *text = NULL;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return FALSE;
	*disabled = text[0] == '1';
	return TRUE;
}

/* Not by a temporary file and rename, as g_file_set_contents() would. */
static void
write_ipv6_disabled(const char *name, gboolean disabled)
{
	g_autofree char *path = g_strdup_printf("/proc/sys/net/ipv6/conf/%s/disable_ipv6", name);
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, disabled ? "1" : "0", 1) != 1)
		g_warning("%s: cannot switch IPv6 %s: %s", name, disabled ? "off" : "on", g_strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void
set_rxvlan(const struct port_device *device, gboolean on)
{
	g_autoptr(GError) error = NULL;

	if (!ethtool_set_feature(device->context->ethtool, device->name, FEATURE_RXVLAN, on, &error))
		g_warning("%s: cannot switch " FEATURE_RXVLAN " %s: %s", device->name, on ? "on" : "off",
			  error->message);
}

void
port_device_link(const struct link_info *info, struct bond_port_link *link)
{
	*link = (struct bond_port_link){
	    .running = (info->flags & IFF_UP) != 0,
	    .carrier = info->carrier,
	    .speed = info->speed,
	    .duplex = info->duplex,
	};
}

void
port_device_info(const struct link_info *link, struct bond_port_info *info)
{
	*info = (struct bond_port_info){
	    .name = link->name,
	    .ifindex = link->ifindex,
	    .type = link->type,
	    .loopback = (link->flags & IFF_LOOPBACK) != 0,
	    .has_master = link->master != 0,
	    .mac = link->mac,
	    .mtu = link->mtu,
	};
	port_device_link(link, &info->link);
}

static void
remember(struct port_device *device, const struct link_info *link)
{
	gboolean disabled = TRUE;

	device->ifindex = link->ifindex;
	device->was_up = (link->flags & IFF_UP) != 0;
	device->mac = link->mac;
	device->mtu = link->mtu;
	device->was_ipv6 = read_ipv6_disabled(device->name, &disabled) && !disabled;
	if (!ethtool_get_feature(device->context->ethtool, device->name, FEATURE_RXVLAN, &device->was_rxvlan, NULL))
		device->was_rxvlan = FALSE;
}

static gboolean
make_ready(struct port_device *device, GError **error)
{
	device->taken = TRUE;
	if (device->was_up && !link_set_up(device->context->config, device->ifindex, FALSE, error))
		return FALSE;
	if (device->was_ipv6)
		write_ipv6_disabled(device->name, TRUE);
	if (device->was_rxvlan)
		set_rxvlan(device, FALSE);
	/* The groups that the host joins on the bond are not known to the port's filter. */
	return link_set_allmulti(device->context->config, device->ifindex, TRUE, error);
}

gboolean
port_device_take(struct port_device *device, const struct service_context *context, const char *name,
		 struct bond_port_info *info, GError **error)
{
	const struct link_info *link = link_watcher_by_name(context->links, name);

	*device = (struct port_device){.context = context};
	if (link == NULL) {
		g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_DEVICE,
			    "there is no interface %s: see \u201cip link\u201d for those that are", name);
		return FALSE;
	}
	g_strlcpy(device->name, link->name, sizeof(device->name));
	remember(device, link);
	port_device_info(link, info);
	info->name = device->name;
	if (info->has_master || info->loopback)
		return TRUE;
	/* Should we die of what follows, the next daemon knows what the device was. */
	life_save(context->life);
	if (!make_ready(device, error)) {
		port_device_give_back(device);
		return FALSE;
	}
	info->link.running = FALSE;
	return TRUE;
}

void
port_device_adopt(struct port_device *device, const struct service_context *context, const struct link_info *link,
		  const struct state_port *saved)
{
	g_autoptr(GError) error = NULL;

	*device = (struct port_device){
	    .context = context,
	    .ifindex = link->ifindex,
	    .was_up = saved->was_up,
	    .was_rxvlan = saved->was_rxvlan,
	    .was_ipv6 = saved->was_ipv6,
	    .mac = saved->device_mac,
	    .mtu = saved->device_mtu,
	    .taken = TRUE,
	};
	g_strlcpy(device->name, link->name, sizeof(device->name));
	/* The filters that a process has opened close when it dies. */
	if (!link_set_allmulti(context->config, device->ifindex, TRUE, &error) ||
	    !port_device_set_promisc(device, saved->promisc, &error))
		g_warning("%s: cannot open its filters again: %s", device->name, error->message);
}

void
port_device_save(const struct port_device *device, struct state_port *saved)
{
	saved->was_up = device->was_up;
	saved->was_rxvlan = device->was_rxvlan;
	saved->was_ipv6 = device->was_ipv6;
	saved->device_mac = device->mac;
	saved->device_mtu = device->mtu;
	saved->promisc = device->promisc;
}

/* Not every device changes its address while it is up. */
static gboolean
restore_address(struct port_device *device, GError **error)
{
	struct link_config *config = device->context->config;
	g_autoptr(GError) refusal = NULL;

	if (link_set_mac(config, device->ifindex, &device->mac, &refusal))
		return TRUE;
	if (!g_error_matches(refusal, LINK_ERROR, EBUSY)) {
		g_propagate_error(error, g_steal_pointer(&refusal));
		return FALSE;
	}
	return link_set_up(config, device->ifindex, FALSE, error) &&
	       link_set_mac(config, device->ifindex, &device->mac, error);
}

static void
restore_address_and_mtu(struct port_device *device, const struct link_info *link)
{
	struct link_config *config = device->context->config;
	g_autoptr(GError) mac_error = NULL;
	g_autoptr(GError) mtu_error = NULL;

	if (!bond_mac_equal(&link->mac, &device->mac) && !restore_address(device, &mac_error))
		g_warning("%s: cannot restore its address: %s", device->name, mac_error->message);
	if (link->mtu != device->mtu && !link_set_mtu(config, device->ifindex, device->mtu, &mtu_error))
		g_warning("%s: cannot restore its MTU: %s", device->name, mtu_error->message);
}

void
port_device_give_back(struct port_device *device)
{
	struct link_config *config = device->context->config;
	g_autoptr(GError) filter_error = NULL;
	g_autoptr(GError) up_error = NULL;
	const struct link_info *link;

	if (!device->taken)
		return;
	device->taken = FALSE;
	link_watcher_refresh(device->context->links, device->ifindex, NULL);
	link = link_watcher_by_ifindex(device->context->links, device->ifindex);
	if (link == NULL)
		return;
	restore_address_and_mtu(device, link);
	if (!port_device_set_promisc(device, FALSE, &filter_error) ||
	    !link_set_allmulti(config, device->ifindex, FALSE, &filter_error))
		g_warning("%s: cannot restore its filters: %s", device->name, filter_error->message);
	if (device->was_rxvlan)
		set_rxvlan(device, TRUE);
	if (device->was_ipv6)
		write_ipv6_disabled(device->name, FALSE);
	if (!link_set_up(config, device->ifindex, device->was_up, &up_error))
		g_warning("%s: cannot set it %s again: %s", device->name, device->was_up ? "up" : "down",
			  up_error->message);
}

void
port_device_set_name(struct port_device *device, const char *name)
{
	g_strlcpy(device->name, name, sizeof(device->name));
}

gboolean
port_device_set_promisc(struct port_device *device, gboolean on, GError **error)
{
	if (device->promisc == on)
		return TRUE;
	if (!link_set_promisc(device->context->config, device->ifindex, on, error))
		return FALSE;
	device->promisc = on;
	return TRUE;
}
