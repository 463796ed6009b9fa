/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bond-device.h"

#include "bond-options.h"
#include "choice.h"
#include "ensure.h"
#include "own-ports.h"
#include "profile.h"
#include "saved-bond.h"
#include "tap.h"

#include <net/if.h>

#define TYPE_NAME    "BonddNMDevice"
#define DATA	     "bondd-device"
#define SETTING_BOND "bond"
#define SETTING_PORT "bond-port"
#define SETTING_USER "user"
/* In [user]: ports of the bond that NetworkManager leaves alone, with blanks between; plugin/settings puts it there. */
#define PORTS_USER_KEY "org.example.bond.ports"
#define NO_SLB	       "balance-slb is not done by bondd: take a mode and xmit_hash_policy of the bonding driver"

/* What we add to a device. NetworkManager's instances have sizes of their own: it hangs on the object. */
struct data {
	Client *client;
	GCancellable *pending; /* the question that stage 1 waits for */
	gboolean ensured;      /* the bond is as the profile has it */
	int ifindex;	       /* of the interface that a profile was activated on last */
	struct own_ports *own_ports;
};

struct class_data {
	NMLinkType link_types[2]; /* ends with NM_LINK_TYPE_NONE */
};

static struct data *
data_of(gpointer device)
{
	return g_object_get_data(device, DATA);
}

static void
data_free(gpointer pointer)
{
	struct data *data = pointer;

	if (data->pending != NULL)
		g_cancellable_cancel(data->pending);
	g_clear_object(&data->pending);
	own_ports_free(data->own_ports);
	g_object_unref(data->client);
	g_free(data);
}

static void
stop_asking(NMDevice *self)
{
	struct data *data = data_of(self);

	if (data->pending != NULL)
		g_cancellable_cancel(data->pending);
	g_clear_object(&data->pending);
}

static gboolean
is_external(NMDevice *self)
{
	if (nm_device_sys_iface_state_is_external != NULL)
		return nm_device_sys_iface_state_is_external(self);
	return nm_device_managed_type_is_external != NULL && nm_device_managed_type_is_external(self);
}

/* (transfer full): what bondd says, without what GDBus puts before it */
static GError *
stripped(const GError *error)
{
	GError *copy = g_error_copy(error);

	g_dbus_error_strip_remote_error(copy);
	return copy;
}

/* --- Making the interface --- */

static gboolean
create_and_realize(NMDevice *self, NMConnection *connection, NMDevice *parent, const NMPlatformLink **link,
		   GError **error)
{
	const char *iface = nm_device_get_iface(self);
	NMPlatform *platform = nm_device_get_platform(self);

	if (!tap_create(iface, error))
		return FALSE;
	nm_platform_process_events(platform);
	*link = nm_platform_link_get(platform, (int) if_nametoindex(iface));
	if (*link != NULL)
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: NetworkManager does not see the TAP device", iface);
	return FALSE;
}

/* --- Activation --- */

/* Ports that NetworkManager is not to touch: what an ifcfg file with NM_CONTROLLED=no says. */
static void
set_own_ports(NMDevice *self)
{
	NMConnection *connection = nm_device_get_applied_connection(self);
	g_autoptr(GHashTable) user = profile_user_data(connection);
	const char *names = g_hash_table_lookup(user, PORTS_USER_KEY);
	g_auto(GStrv) ports = g_strsplit(names != NULL ? names : "", " ", -1);

	own_ports_set(data_of(self)->own_ports, nm_device_get_platform(self), (const char *const *) ports, user);
}

static void
on_ensured(gpointer user, const GError *error)
{
	NMDevice *self = user;
	struct data *data = data_of(self);
	g_autoptr(GError) reason = error != NULL ? stripped(error) : NULL;

	g_clear_object(&data->pending);
	if (reason == NULL) {
		data->ensured = TRUE;
		data->ifindex = nm_device_get_ifindex(self);
		set_own_ports(self);
		nm_device_activate_schedule_stage1_device_prepare(self, FALSE);
		return;
	}
	g_warning("%s: bondd does not make the bond: %s", nm_device_get_iface(self), reason->message);
	nm_device_state_changed(self, NM_DEVICE_STATE_FAILED, NM_DEVICE_STATE_REASON_CONFIG_FAILED);
}

static void
ensure(NMDevice *self, NMConnection *connection, client_done done)
{
	struct data *data = data_of(self);
	g_autoptr(GHashTable) options = profile_options(connection);
	g_autoptr(GHashTable) user = profile_user_data(connection);
	g_autoptr(GHashTable) extra = bond_options_extra(options, user);

	bond_options_complete(options);
	stop_asking(self);
	data->pending = g_cancellable_new();
	ensure_bond(data->client, nm_device_get_iface(self), nm_device_get_ifindex(self), options, extra, data->pending,
		    done, self);
}

static gboolean
wants_slb(GHashTable *options)
{
	return g_strcmp0(g_hash_table_lookup(options, "balance-slb"), "1") == 0;
}

static enum nm_stage
act_stage1_prepare(NMDevice *self, guint32 *reason)
{
	struct data *data = data_of(self);
	NMConnection *connection = nm_device_get_applied_connection(self);
	g_autoptr(GHashTable) options = profile_options(connection);

	if (is_external(self) || data->ensured)
		return NM_STAGE_SUCCESS;
	if (wants_slb(options)) {
		g_warning("%s: " NO_SLB, nm_device_get_iface(self));
		*reason = NM_DEVICE_STATE_REASON_CONFIG_FAILED;
		return NM_STAGE_FAILURE;
	}
	/* It is called again when the answer is there; and maybe before, for reasons of its own. */
	if (data->pending != NULL)
		return NM_STAGE_POSTPONE;
	/* Before the first port brings its own. */
	if (!nm_device_hw_addr_set_cloned(self, connection, FALSE)) {
		*reason = NM_DEVICE_STATE_REASON_CONFIG_FAILED;
		return NM_STAGE_FAILURE;
	}
	ensure(self, connection, on_ensured);
	return NM_STAGE_POSTPONE;
}

struct leaving {
	NMDevice *device;
	GCancellable *cancellable;
	nm_device_callback callback;
	gpointer user;
};

static void
on_left(gpointer user, const GError *error)
{
	struct leaving *leaving = user;

	if (!g_cancellable_is_cancelled(leaving->cancellable))
		leaving->callback(leaving->device, NULL, leaving->user);
	g_object_unref(leaving->cancellable);
	g_object_unref(leaving->device);
	g_free(leaving);
}

/*
 * A device may lose its link for a while when bondd lets it go: by the end of its XDP program, or to get its address
 * back. Were NetworkManager done with the port by then, it would take the link's return for a cable that was plugged in,
 * and activate the port's profile anew, and with it the bond.
 */
static void
deactivate_async(NMDevice *self, GCancellable *cancellable, nm_device_callback callback, gpointer user)
{
	struct leaving *leaving = g_new0(struct leaving, 1);

	own_ports_clear(data_of(self)->own_ports);
	leaving->device = g_object_ref(self);
	leaving->cancellable = g_object_ref(cancellable);
	leaving->callback = callback;
	leaving->user = user;
	client_empty_bond(data_of(self)->client, nm_device_get_iface(self), on_left, leaving);
}

/* Also called before an activation begins. */
static void
deactivate(NMDevice *self)
{
	stop_asking(self);
	data_of(self)->ensured = FALSE;
	own_ports_clear(data_of(self)->own_ports);
}

/* --- Ports --- */

/* What the bonding driver knows a priority of ports in. */
static gboolean
mode_has_prio(NMConnection *bond_profile)
{
	static const char *const modes[] = {"active-backup", "balance-tlb", "balance-alb", NULL};
	g_autoptr(GHashTable) options = profile_options(bond_profile);
	const char *mode = g_hash_table_lookup(options, "mode");

	return mode != NULL && g_strv_contains(modes, mode);
}

/* Since 1.44 there is a property for it, which every port has: most are 0. */
static void
read_prio(NMConnection *port_profile, GObject *setting, struct port_options *options)
{
	g_autofree char *text = profile_user_value(port_profile, BOND_OPTIONS_PREFIX "prio");
	gint64 prio;

	if (setting != NULL && g_object_class_find_property(G_OBJECT_GET_CLASS(setting), "prio") != NULL) {
		g_object_get(setting, "prio", &options->prio, NULL);
		options->has_prio = TRUE;
	}
	if (options->prio != 0 || text == NULL)
		return;
	if (g_ascii_string_to_signed(text, 10, G_MININT32, G_MAXINT32, &prio, NULL)) {
		options->prio = (gint32) prio;
		options->has_prio = TRUE;
	} else {
		g_warning(BOND_OPTIONS_PREFIX "prio=%s of a port's [user] section is left out: it is no number", text);
	}
}

static void
read_port_options(NMConnection *bond_profile, NMConnection *port_profile, const char *port,
		  struct port_options *options)
{
	NMSetting *setting =
	    port_profile != NULL ? nm_connection_get_setting_by_name(port_profile, SETTING_PORT) : NULL;
	g_autoptr(GHashTable) user = profile_user_data(bond_profile);
	guint queue_id = 0;

	if (setting != NULL)
		g_object_get(setting, "queue-id", &queue_id, NULL);
	options->queue_id = queue_id != 0 ? (gint32) queue_id : bond_options_queue_id(user, port);
	if (options->queue_id < 0 && setting != NULL)
		options->queue_id = 0;
	read_prio(port_profile, (GObject *) setting, options);
	/* bondd refuses even 0 there; the port shall work all the same. */
	if (!options->has_prio || mode_has_prio(bond_profile))
		return;
	if (options->prio != 0)
		g_warning("%s: its prio of %d is left out: only active-backup, balance-tlb and balance-alb have it",
			  port, options->prio);
	options->has_prio = FALSE;
}

struct attaching {
	NMDevice *device;
	char *port;
	nm_device_callback callback;
	gpointer user;
};

static void
on_attached(gpointer user, const GError *error)
{
	struct attaching *attaching = user;
	g_autoptr(GError) copy = error != NULL ? stripped(error) : NULL;

	if (copy != NULL)
		g_warning("%s: bondd does not take %s as a port: %s", nm_device_get_iface(attaching->device),
			  attaching->port, copy->message);
	attaching->callback(attaching->device, copy, attaching->user);
	g_object_unref(attaching->device);
	g_free(attaching->port);
	g_free(attaching);
}

static enum nm_ternary
attach_port(NMDevice *self, NMDevice *port, NMConnection *connection, gboolean configure, GCancellable *cancellable,
	    nm_device_callback callback, gpointer user)
{
	const char *name = nm_device_get_iface(port);
	struct port_options port_options = {0};
	struct attaching *attaching;

	if (!configure)
		return NM_TERNARY_TRUE;
	read_port_options(nm_device_get_applied_connection(self), connection, name, &port_options);
	attaching = g_new0(struct attaching, 1);
	attaching->device = g_object_ref(self);
	attaching->port = g_strdup(name);
	attaching->callback = callback;
	attaching->user = user;
	client_add_port(data_of(self)->client, nm_device_get_iface(self), name, &port_options, cancellable, on_attached,
			attaching);
	return NM_TERNARY_DEFAULT;
}

static enum nm_ternary
detach_port(NMDevice *self, NMDevice *port, gboolean configure, GCancellable *cancellable, nm_device_callback callback,
	    gpointer user)
{
	if (configure)
		client_remove_port(data_of(self)->client, nm_device_get_iface(self), nm_device_get_iface(port));
	return NM_TERNARY_TRUE;
}

/* --- What runs, as a profile --- */

static GHashTable *
shown_options(NMDevice *self)
{
	struct data *data = data_of(self);
	GHashTable *options;

	if (data->ifindex == 0 || data->ifindex != nm_device_get_ifindex(self))
		return saved_bond_options(SAVED_BONDS, nm_device_get_iface(self));
	/* It was unmanaged for a while. NetworkManager would make up a profile, show it as somebody else's and flush its
	 * addresses; of a profile without a mode it makes nothing, and activates the bond's own. */
	options = bond_options_new();
	g_hash_table_insert(options, g_strdup("mode"), g_strdup(""));
	return options;
}

/*
 * Returns: (transfer none): the connection's setting, made if need be. Its type may not be known yet, as newer
 * NetworkManagers register it when the first profile uses it: the class of the kernel's bonds can do that. It finds no
 * options of the driver.
 */
static NMSetting *
ensure_setting(NMDevice *self, NMConnection *connection)
{
	NMSetting *setting = nm_connection_get_setting_by_name(connection, SETTING_BOND);
	const struct nm_device_class *kernel = g_type_class_peek_parent(G_OBJECT_GET_CLASS(self));

	if (setting != NULL)
		return setting;
	if (g_type_from_name("NMSettingBond") == G_TYPE_INVALID) {
		kernel->update_connection(self, connection);
		return nm_connection_get_setting_by_name(connection, SETTING_BOND);
	}
	setting = g_object_new(g_type_from_name("NMSettingBond"), NULL);
	nm_connection_add_setting(connection, setting);
	return setting;
}

static void
update_connection(NMDevice *self, NMConnection *connection)
{
	NMSetting *setting = ensure_setting(self, connection);
	g_autoptr(GHashTable) options = shown_options(self);

	if (setting != NULL && options != NULL)
		g_object_set(setting, "options", options, NULL);
}

static gboolean
update_port_connection(NMDevice *self, NMDevice *port, NMConnection *connection, GError **error)
{
	g_object_set(nm_connection_get_setting_connection(connection), "master", nm_device_get_iface(self),
		     "slave-type", SETTING_BOND, NULL);
	return TRUE;
}

/* --- Reapply --- */

static struct nm_device_class *
device_class(void)
{
	return g_type_class_peek(nm_device_get_type());
}

static gboolean
refuse_reapply(GError **error, const char *option)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
		    "%s of a bond cannot be changed while it is up with its ports: activate the profile anew", option);
	return FALSE;
}

static gboolean
can_reapply_options(NMSetting *old, NMSetting *new, GError **error)
{
	g_autoptr(GHashTable) before = profile_setting_options(old);
	g_autoptr(GHashTable) after = profile_setting_options(new);
	const char *fixed = bond_options_fixed_difference(before, after);

	if (fixed != NULL)
		return refuse_reapply(error, fixed);
	if (!wants_slb(after))
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, NO_SLB);
	return FALSE;
}

static gboolean
can_reapply_user(NMSetting *old, NMSetting *new, GError **error)
{
	g_autoptr(GHashTable) none = bond_options_new();
	g_autoptr(GHashTable) old_user = profile_setting_user_data(old);
	g_autoptr(GHashTable) new_user = profile_setting_user_data(new);
	g_autoptr(GHashTable) before = bond_options_extra(none, old_user);
	g_autoptr(GHashTable) after = bond_options_extra(none, new_user);
	const char *fixed = bond_options_fixed_difference(before, after);

	if (g_strcmp0(g_hash_table_lookup(new_user, CHOICE_USER_KEY), "kernel") == 0)
		return refuse_reapply(error, "engine");
	return fixed == NULL || refuse_reapply(error, fixed);
}

/* NMDeviceBond's own would write to sysfs; the one of all devices does the rest. */
static gboolean
can_reapply_change(NMDevice *self, const char *setting_name, NMSetting *old, NMSetting *new, GHashTable *differences,
		   GError **error)
{
	if (g_str_equal(setting_name, SETTING_BOND))
		return can_reapply_options(old, new, error);
	return device_class()->can_reapply_change(self, setting_name, old, new, differences, error) &&
	       (!g_str_equal(setting_name, SETTING_USER) || can_reapply_user(old, new, error));
}

static void
on_reapplied(gpointer user, const GError *error)
{
	NMDevice *self = user;
	g_autoptr(GError) reason = error != NULL ? stripped(error) : NULL;

	g_clear_object(&data_of(self)->pending);
	if (reason != NULL)
		g_warning("%s: bondd does not take the options: %s", nm_device_get_iface(self), reason->message);
	set_own_ports(self);
}

static void
reapply_connection(NMDevice *self, NMConnection *old, NMConnection *new)
{
	device_class()->reapply_connection(self, old, new);
	ensure(self, new, on_reapplied);
}

/* --- The class --- */

static const char *
get_type_description(NMDevice *self)
{
	return SETTING_BOND;
}

static void
class_init(gpointer klass, gpointer class_data)
{
	struct nm_device_class *class = klass;
	const struct class_data *data = class_data;

	class->link_types = data->link_types;
	class->create_and_realize = create_and_realize;
	/* NetworkManager deletes the interface, as that of any device of software; bondd sees it go. */
	class->unrealize = NULL;
	class->act_stage1_prepare = act_stage1_prepare;
	if (class->deactivate_async == NULL && class->deactivate_reset_hw_addr != NULL)
		class->deactivate_async = deactivate_async;
	class->deactivate = deactivate;
	class->get_type_description = get_type_description;
	class->update_connection = update_connection;
	class->update_port_connection = update_port_connection;
	class->attach_port = attach_port;
	class->detach_port = detach_port;
	class->can_reapply_change = can_reapply_change;
	class->reapply_connection = reapply_connection;
}

GType
bond_device_register(GType parent, NMLinkType tun)
{
	GType type = g_type_from_name(TYPE_NAME);
	struct class_data *data;
	GTypeQuery query;

	if (type != G_TYPE_INVALID)
		return type;
	g_type_query(parent, &query);
	/* Lives as long as the class: to the end of the process. */
	data = g_new0(struct class_data, 1);
	data->link_types[0] = tun;
	return g_type_register_static(parent, TYPE_NAME,
				      &(const GTypeInfo){.class_size = (guint16) query.class_size,
							 .class_init = class_init,
							 .class_data = data,
							 .instance_size = (guint16) query.instance_size},
				      0);
}

NMDevice *
bond_device_new(GType type, const char *iface, NMLinkType tun, Client *client)
{
	NMDevice *self = g_object_new(type, "interface", iface, "driver", "bondd", "type-desc", "Bond", "device-type",
				      NM_DEVICE_TYPE_BOND, "link-type", tun, NULL);
	struct data *data = g_new0(struct data, 1);

	data->client = g_object_ref(client);
	data->own_ports = own_ports_new(client, iface);
	g_object_set_data_full(G_OBJECT(self), DATA, data, data_free);
	return self;
}
