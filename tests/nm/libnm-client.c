/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a program sees of a bond by libnm, as desktop programs do: libnm-client IFACE prints what the device is, and a
 * line for each notification of a property, until its standard input ends.
 */
#include <NetworkManager.h>
#include <gio/gunixinputstream.h>
#include <stdio.h>
#include <unistd.h>

static int
by_name(gconstpointer a, gconstpointer b)
{
	return g_strcmp0(*(const char *const *) a, *(const char *const *) b);
}

/* (transfer full): "eth0,eth1" */
static char *
port_names(NMDeviceBond *bond)
{
	const GPtrArray *ports = nm_device_get_ports(NM_DEVICE(bond));
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (guint i = 0; i < ports->len; i++)
		g_ptr_array_add(names, (gpointer) nm_device_get_iface(ports->pdata[i]));
	g_ptr_array_sort(names, by_name);
	g_ptr_array_add(names, NULL);
	return g_strjoinv(",", (char **) names->pdata);
}

static void
say(NMDeviceBond *bond)
{
	g_autofree char *ports = port_names(bond);

	printf("type=%s state=%d carrier=%d address=%s ports=%s\n", G_OBJECT_TYPE_NAME(bond),
	       (int) nm_device_get_state(NM_DEVICE(bond)), nm_device_bond_get_carrier(bond),
	       nm_device_get_hw_address(NM_DEVICE(bond)), ports);
	fflush(stdout);
}

static void
on_notify(NMDeviceBond *bond, GParamSpec *property, gpointer user)
{
	printf("%s: ", g_param_spec_get_name(property));
	say(bond);
}

static void
on_removed(NMClient *client, NMDevice *device, gpointer user)
{
	if (device == user) {
		printf("removed\n");
		fflush(stdout);
	}
}

static void
on_input_end(GObject *source, GAsyncResult *result, gpointer loop)
{
	g_autoptr(GBytes) bytes = g_input_stream_read_bytes_finish(G_INPUT_STREAM(source), result, NULL);

	g_main_loop_quit(loop);
}

static void
follow(NMClient *client, NMDeviceBond *bond)
{
	static const char *const followed[] = {"notify::carrier", "notify::hw-address", "notify::ports",
					       "notify::state"};
	g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
	g_autoptr(GInputStream) input = g_unix_input_stream_new(STDIN_FILENO, FALSE);

	for (gsize i = 0; i < G_N_ELEMENTS(followed); i++)
		g_signal_connect(bond, followed[i], G_CALLBACK(on_notify), NULL);
	g_signal_connect(client, "device-removed", G_CALLBACK(on_removed), bond);
	g_input_stream_read_bytes_async(input, 1, G_PRIORITY_DEFAULT, NULL, on_input_end, loop);
	say(bond);
	g_main_loop_run(loop);
	g_signal_handlers_disconnect_by_func(client, on_removed, bond);
}

int
main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(NMClient) client = nm_client_new(NULL, &error);
	NMDevice *device;

	if (client == NULL || argc != 2) {
		fprintf(stderr, "libnm-client IFACE: %s\n", error != NULL ? error->message : "one argument is needed");
		return 1;
	}
	device = nm_client_get_device_by_iface(client, argv[1]);
	if (!NM_IS_DEVICE_BOND(device)) {
		fprintf(stderr, "%s is %s\n", argv[1], device != NULL ? G_OBJECT_TYPE_NAME(device) : "not there");
		return 1;
	}
	g_object_ref(device);
	follow(client, NM_DEVICE_BOND(device));
	g_object_unref(device);
	return 0;
}
