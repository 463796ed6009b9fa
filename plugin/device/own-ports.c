/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "own-ports.h"

#include "bond-options.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINK_CHANGED "link-changed" /* NMPlatform's: (type of object, ifindex, link, what has changed) */

struct own_port {
	gboolean wanted;
	int ifindex; /* of the interface that bondd was given last, 0: none */
	struct port_options options;
};

struct own_ports {
	Client *client;
	char *bond;
	GHashTable *ports; /* name -> struct own_port; those that are wanted, and those that were */
	NMPlatform *platform;
	gulong handler;
};

/* --- Interfaces --- */

static gboolean
ask_interface(unsigned long request, struct ifreq *interface)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	gboolean ok = fd >= 0 && ioctl(fd, request, interface) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

static void
set_up(const char *name)
{
	struct ifreq interface = {0};

	g_strlcpy(interface.ifr_name, name, sizeof(interface.ifr_name));
	if (!ask_interface(SIOCGIFFLAGS, &interface) || (interface.ifr_flags & IFF_UP) != 0)
		return;
	interface.ifr_flags |= IFF_UP;
	ask_interface(SIOCSIFFLAGS, &interface);
}

static gboolean
is_managed(int ifindex)
{
	NMDevice *device;

	if (nm_manager_get == NULL || nm_manager_get_device_by_ifindex == NULL || nm_device_get_state == NULL)
		return FALSE;
	device = nm_manager_get_device_by_ifindex(nm_manager_get(), ifindex);
	return device != NULL && nm_device_get_state(device) >= NM_DEVICE_STATE_UNAVAILABLE;
}

/* bondd gives it back as it was, mostly down. NetworkManager sets a device up when it begins to manage it, which may
 * have been while the bond had it: then it would wait for a carrier that cannot come. */
static void
hand_over(const char *name, int ifindex)
{
	if (is_managed(ifindex))
		set_up(name);
}

/* --- Ports --- */

static void
on_added(gpointer user, const GError *error)
{
	g_autofree char *what = user;
	g_autoptr(GError) reason = error != NULL ? g_error_copy(error) : NULL;

	if (reason == NULL)
		return;
	g_dbus_error_strip_remote_error(reason);
	g_warning("bondd does not take the port %s: %s. Mend it, then activate the bond anew", what, reason->message);
}

static void
attach(struct own_ports *own, const char *name, struct own_port *port, int ifindex)
{
	port->ifindex = ifindex;
	client_add_port(own->client, own->bond, name, &port->options, NULL, on_added,
			g_strdup_printf("%s of %s", name, own->bond));
}

/* An interface has come, gone, or got another name: if it is not the one that bondd was given, it is given now. */
static void
on_link_changed(NMPlatform *platform, int type, int ifindex, gpointer link, int change, struct own_ports *own)
{
	char name[IF_NAMESIZE];
	struct own_port *port = if_indextoname(ifindex, name) != NULL ? g_hash_table_lookup(own->ports, name) : NULL;

	if (port == NULL)
		return;
	if (!port->wanted)
		hand_over(name, ifindex);
	else if (port->ifindex != ifindex)
		attach(own, name, port, ifindex);
}

static struct own_port *
get_port(struct own_ports *own, const char *name)
{
	struct own_port *port = g_hash_table_lookup(own->ports, name);

	if (port == NULL) {
		port = g_new0(struct own_port, 1);
		g_hash_table_insert(own->ports, g_strdup(name), port);
	}
	return port;
}

static void
want(struct own_ports *own, const char *name, GHashTable *user)
{
	struct own_port *port = get_port(own, name);
	int ifindex = (int) if_nametoindex(name);
	struct port_options options = {.queue_id = bond_options_queue_id(user, name)};
	gboolean is_new = !port->wanted || port->ifindex != ifindex || port->options.queue_id != options.queue_id;

	port->wanted = TRUE;
	port->options = options;
	if (ifindex == 0)
		g_message("%s: the port %s is not there yet; it is taken when it comes", own->bond, name);
	else if (is_new)
		attach(own, name, port, ifindex);
}

static void
drop_unwanted(struct own_ports *own, const char *const *names)
{
	GHashTableIter iter;
	gpointer name;
	gpointer value;

	g_hash_table_iter_init(&iter, own->ports);
	while (g_hash_table_iter_next(&iter, &name, &value)) {
		struct own_port *port = value;

		if (!port->wanted || g_strv_contains(names, name))
			continue;
		port->wanted = FALSE;
		client_remove_port(own->client, own->bond, name);
	}
}

static void
follow_links(struct own_ports *own, NMPlatform *platform)
{
	if (own->handler != 0 || g_signal_lookup(LINK_CHANGED, G_OBJECT_TYPE(platform)) == 0)
		return;
	own->platform = (NMPlatform *) g_object_ref((GObject *) platform);
	own->handler = g_signal_connect(platform, LINK_CHANGED, G_CALLBACK(on_link_changed), own);
}

void
own_ports_set(struct own_ports *own, NMPlatform *platform, const char *const *names, GHashTable *user)
{
	drop_unwanted(own, names);
	for (; *names != NULL; names++) {
		if (**names == '\0')
			continue;
		follow_links(own, platform);
		want(own, *names, user);
	}
}

void
own_ports_clear(struct own_ports *own)
{
	GHashTableIter iter;
	gpointer name;
	gpointer value;

	g_hash_table_iter_init(&iter, own->ports);
	while (g_hash_table_iter_next(&iter, &name, &value)) {
		((struct own_port *) value)->wanted = FALSE;
		/* Where somebody deleted the bond's interface bondd may have been faster than NetworkManager. */
		hand_over(name, (int) if_nametoindex(name));
	}
}

struct own_ports *
own_ports_new(Client *client, const char *bond)
{
	struct own_ports *own = g_new0(struct own_ports, 1);

	own->client = g_object_ref(client);
	own->bond = g_strdup(bond);
	own->ports = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return own;
}

void
own_ports_free(struct own_ports *own)
{
	if (own->handler != 0) {
		g_signal_handler_disconnect(own->platform, own->handler);
		g_object_unref(own->platform);
	}
	g_object_unref(own->client);
	g_free(own->bond);
	g_hash_table_unref(own->ports);
	g_free(own);
}
