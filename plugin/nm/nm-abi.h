/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What we know of NetworkManager's private classes: the places of the functions that we call or put in. All that
 * depends on its build is in this header, for all our plugins; guard.c compares it with the process that loaded us before anything is
 * used. The layouts are the same from 1.40 to 1.58 on 64-bit machines. Where a version differs, it says so.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

G_BEGIN_DECLS

typedef struct _NMConnection NMConnection;
typedef struct _NMDevice NMDevice;
typedef struct _NMDeviceFactory NMDeviceFactory;
typedef struct _NMManager NMManager;
typedef struct _NMPlatform NMPlatform;
typedef struct _NMPlatformLink NMPlatformLink;
typedef struct _NMSetting NMSetting;
typedef struct _NMSettings NMSettings;
typedef struct _NMSettingsConnection NMSettingsConnection;
typedef struct _NMSettingsPlugin NMSettingsPlugin;

typedef gint32 NMLinkType;

/* NMDeviceState, NMDeviceStateReason and NMDeviceType of its D-Bus interface: these never change. */
#define NM_DEVICE_STATE_UNAVAILABLE		 20
#define NM_DEVICE_STATE_FAILED			 120
#define NM_DEVICE_STATE_REASON_CONFIG_FAILED	 4
#define NM_DEVICE_STATE_REASON_DEPENDENCY_FAILED 50
#define NM_DEVICE_TYPE_BOND			 10

/* Of its public errors: what NetworkManager takes quietly where nobody has asked for a device. */
#define NM_DEVICE_ERROR_DOMAIN		     "nm-device-error-quark"
#define NM_DEVICE_ERROR_MISSING_DEPENDENCIES 9

enum nm_stage {
	NM_STAGE_FAILURE,
	NM_STAGE_SUCCESS,
	NM_STAGE_POSTPONE,
};

enum nm_ternary {
	NM_TERNARY_DEFAULT = -1, /* of attach_port: the callback says it later */
	NM_TERNARY_FALSE,
	NM_TERNARY_TRUE,
};

#ifndef NM_DEVICE_FACTORY_CLASS_SIZE
#define NM_DEVICE_FACTORY_CLASS_SIZE 184
#endif
#ifndef NM_DEVICE_CLASS_SIZE
#define NM_DEVICE_CLASS_SIZE 592
#endif

#ifndef NM_SETTINGS_PLUGIN_CLASS_SIZE
#define NM_SETTINGS_PLUGIN_CLASS_SIZE 208
#endif
#ifndef NM_SETTINGS_PLUGIN_SIZE
#define NM_SETTINGS_PLUGIN_SIZE 24
#endif
#ifndef NM_SETTINGS_STORAGE_CLASS_SIZE
#define NM_SETTINGS_STORAGE_CLASS_SIZE 144
#endif
#ifndef NM_SETTINGS_STORAGE_SIZE
#define NM_SETTINGS_STORAGE_SIZE 80
#endif

/* --- Devices --- */

struct nm_device_factory_class {
	GObjectClass parent;
	void (*get_supported_types)(NMDeviceFactory *self, const NMLinkType **link_types,
				    const char *const **setting_types);
	void (*start)(NMDeviceFactory *self);
	gboolean (*match_connection)(NMDeviceFactory *self, NMConnection *connection);
	const char *(*get_connection_parent)(NMDeviceFactory *self, NMConnection *connection);
	char *(*get_connection_iface)(NMDeviceFactory *self, NMConnection *connection, const char *parent);
	NMDevice *(*create_device)(NMDeviceFactory *self, const char *iface, const NMPlatformLink *link,
				   NMConnection *connection, gboolean *ignore);
};

typedef void (*nm_device_callback)(NMDevice *self, GError *error, gpointer user);

/* Of a class that has functions between those that we know, by their offsets in bytes. */
#define NM_GAP(name, from, to) char name[(to) - (from)]

struct nm_device_class {
	GObjectClass parent;
	NM_GAP(gap1, sizeof(GObjectClass), 184);
	const char *connection_type_supported;
	const char *connection_type_check_compatible;
	const NMLinkType *link_types;
	NM_GAP(gap2, 208, 232);
	gboolean (*create_and_realize)(NMDevice *self, NMConnection *connection, NMDevice *parent,
				       const NMPlatformLink **link, GError **error);
	NM_GAP(gap3, 240, 248);
	gboolean (*unrealize)(NMDevice *self, GError **error);
	NM_GAP(gap4, 256, 368);
	/* Until 1.42 @a is the error; later it is a flag, and @b the error. */
	gboolean (*check_connection_compatible)(NMDevice *self, NMConnection *connection, gpointer a, gpointer b);
	gpointer check_connection_available;
	gpointer complete_connection;
	enum nm_stage (*act_stage1_prepare)(NMDevice *self, guint32 *reason);
	NM_GAP(gap5, 400, 432);
	void (*deactivate_async)(NMDevice *self, GCancellable *cancellable, nm_device_callback done, gpointer user);
	void (*deactivate_reset_hw_addr)(NMDevice *self);
	void (*deactivate)(NMDevice *self);
	const char *(*get_type_description)(NMDevice *self);
	NM_GAP(gap6, 464, 472);
	void (*update_connection)(NMDevice *self, NMConnection *connection);
	gboolean (*update_port_connection)(NMDevice *self, NMDevice *port, NMConnection *connection, GError **error);
	enum nm_ternary (*attach_port)(NMDevice *self, NMDevice *port, NMConnection *connection, gboolean configure,
				       GCancellable *cancellable, nm_device_callback callback, gpointer user);
	/* Until 1.42: void, and nothing behind @configure. From 1.44: as attach_port without @connection. Both may be
	 * called and answered by one function, as the further arguments travel in registers that the other ignores,
	 * and ours never looks at them. */
	enum nm_ternary (*detach_port)(NMDevice *self, NMDevice *port, gboolean configure, GCancellable *cancellable,
				       nm_device_callback callback, gpointer user);
	NM_GAP(gap7, 504, 536);
	gboolean (*can_reapply_change)(NMDevice *self, const char *setting_name, NMSetting *old, NMSetting *new,
				       GHashTable *differences, GError **error);
	void (*reapply_connection)(NMDevice *self, NMConnection *old, NMConnection *new);
	NM_GAP(gap8, 552, 592);
};

/* --- Profiles --- */

/* Where a profile is kept. Only read; made by g_object_new(). */
typedef struct {
	GObject parent;
	NMSettingsPlugin *plugin;
	char *uuid;
	char *filename;
	gpointer lists[4];
} NMSettingsStorage;

/* One profile was read; without @connection @storage is none any more. */
typedef void (*nm_settings_load_callback)(NMSettingsPlugin *self, NMSettingsStorage *storage, NMConnection *connection,
					  gpointer user);

/* One file that shall be read. */
struct nm_settings_load_entry {
	const char *filename;
	GError *error;	  /* why it was not */
	bool handled : 1; /* it is one of this plugin's, whether it could be read or not */
};

struct nm_settings_plugin_class {
	GObjectClass parent;
	GSList *(*get_unmanaged_specs)(NMSettingsPlugin *self);
	GSList *(*get_unrecognized_specs)(NMSettingsPlugin *self);
	void (*load_connections)(NMSettingsPlugin *self, struct nm_settings_load_entry *entries, gsize n_entries,
				 nm_settings_load_callback callback, gpointer user);
	void (*reload_connections)(NMSettingsPlugin *self, nm_settings_load_callback callback, gpointer user);
	void (*load_connections_done)(NMSettingsPlugin *self);
	gboolean (*add_connection)(NMSettingsPlugin *self, NMConnection *connection, NMSettingsStorage **out_storage,
				   NMConnection **out_connection, GError **error);
	gboolean (*update_connection)(NMSettingsPlugin *self, NMSettingsStorage *storage, NMConnection *connection,
				      NMSettingsStorage **out_storage, NMConnection **out_connection, GError **error);
	gboolean (*delete_connection)(NMSettingsPlugin *self, NMSettingsStorage *storage, GError **error);
	const char *plugin_name;
};

#if !defined(NM_ABI_MAY_DIFFER)
G_STATIC_ASSERT(sizeof(GObject) == NM_SETTINGS_PLUGIN_SIZE);
G_STATIC_ASSERT(sizeof(struct nm_settings_plugin_class) == NM_SETTINGS_PLUGIN_CLASS_SIZE);
G_STATIC_ASSERT(sizeof(NMSettingsStorage) == NM_SETTINGS_STORAGE_SIZE);
G_STATIC_ASSERT(sizeof(struct nm_settings_load_entry) == 24);
G_STATIC_ASSERT(sizeof(struct nm_device_factory_class) == NM_DEVICE_FACTORY_CLASS_SIZE);
G_STATIC_ASSERT(sizeof(struct nm_device_class) == NM_DEVICE_CLASS_SIZE);
G_STATIC_ASSERT(G_STRUCT_OFFSET(struct nm_device_class, create_and_realize) == 232);
G_STATIC_ASSERT(G_STRUCT_OFFSET(struct nm_device_class, check_connection_compatible) == 368);
G_STATIC_ASSERT(G_STRUCT_OFFSET(struct nm_device_class, act_stage1_prepare) == 392);
G_STATIC_ASSERT(G_STRUCT_OFFSET(struct nm_device_class, attach_port) == 488);
G_STATIC_ASSERT(G_STRUCT_OFFSET(struct nm_device_class, reapply_connection) == 544);
#endif

/* What the process must export. Without these dlopen() fails, which NetworkManager survives with a warning. */
extern GType nm_settings_plugin_get_type(void);
extern GType nm_settings_storage_get_type(void);
extern GType nm_device_factory_get_type(void);
extern GType nm_device_get_type(void);
extern const char *nm_device_get_iface(NMDevice *self);
extern int nm_device_get_ifindex(NMDevice *self);
extern NMPlatform *nm_device_get_platform(NMDevice *self);
extern NMConnection *nm_device_get_applied_connection(NMDevice *self);
extern void nm_device_activate_schedule_stage1_device_prepare(NMDevice *self, gboolean now);
extern void nm_device_state_changed(NMDevice *self, guint32 state, guint32 reason);
extern gboolean nm_platform_process_events(NMPlatform *self);
extern const NMPlatformLink *nm_platform_link_get(NMPlatform *self, int ifindex);
extern NMSetting *nm_connection_get_setting_by_name(NMConnection *connection, const char *name);
extern NMSetting *nm_connection_get_setting_connection(NMConnection *connection);
extern void nm_connection_add_setting(NMConnection *connection, NMSetting *setting);

/* Gives the interface the address that the profile asks for, if it does. */
extern gboolean nm_device_hw_addr_set_cloned(NMDevice *self, NMConnection *connection, gboolean is_wifi);

/* The devices that there are. */
extern NMManager *nm_manager_get(void) __attribute__((weak));
extern NMDevice *nm_manager_get_device_by_ifindex(NMManager *self, int ifindex) __attribute__((weak));
extern guint32 nm_device_get_state(NMDevice *self) __attribute__((weak));

/* All profiles, NULL terminated. */
extern NMSettings *nm_settings_get(void) __attribute__((weak));
extern NMSettingsConnection *const *nm_settings_get_connections(NMSettings *self, guint *n) __attribute__((weak));
extern NMConnection *nm_settings_connection_get_connection(NMSettingsConnection *self) __attribute__((weak));

/* One of the two is there: the second since 1.52. */
extern gboolean nm_device_sys_iface_state_is_external(NMDevice *self) __attribute__((weak));
extern gboolean nm_device_managed_type_is_external(NMDevice *self) __attribute__((weak));

G_END_DECLS
