/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "connection.h"

#include <gio/gio.h>
#include <string.h>

#define SECTION		 "connection"
#define MS		 1000
#define PING_TIMEOUT_MAX 600 /* s */

/* Seconds, perhaps with a fraction, that become milliseconds. */
static void
read_device_timeout(struct ifcfg_file *file, struct ifcfg_settings *settings)
{
	const char *value = ifcfg_file_get(file, "DEVTIMEOUT");
	char *end = NULL;
	double seconds;

	if (value == NULL)
		return;
	seconds = g_ascii_strtod(value, &end);
	if (end == value || end[strspn(end, " \t")] != '\0' || !(seconds >= 0 && seconds <= G_MAXINT32 / MS)) {
		ifcfg_file_report(file, IFCFG_WARNING, "DEVTIMEOUT", "Write seconds, such as 2.5",
				  "DEVTIMEOUT is no time, it is ignored");
		return;
	}
	ifcfg_settings_set(settings, SECTION, "wait-device-timeout", g_variant_new_int32(seconds * MS + 0.5));
}

static void
read_ping_timeout(struct ifcfg_file *file, struct ifcfg_settings *settings)
{
	gint64 seconds = ifcfg_file_get_integer(file, "GATEWAY_PING_TIMEOUT", 10, 0, G_MAXINT32 - 1, 0);

	if (seconds > PING_TIMEOUT_MAX)
		ifcfg_file_report(file, IFCFG_WARNING, "GATEWAY_PING_TIMEOUT", "Write at most 600",
				  "GATEWAY_PING_TIMEOUT counts as %d", PING_TIMEOUT_MAX);
	if (seconds > 0)
		ifcfg_settings_set(settings, SECTION, "gateway-ping-timeout",
				   g_variant_new_uint32(MIN(seconds, PING_TIMEOUT_MAX)));
}

static void
read_mud_url(struct ifcfg_file *file, struct ifcfg_settings *settings)
{
	const char *value = ifcfg_file_get(file, "MUD_URL");

	if (value == NULL)
		return;
	ifcfg_settings_set_string(settings, SECTION, "mud-url", value);
	if (strcmp(value, "none") != 0 && !g_uri_is_valid(value, G_URI_FLAGS_NONE, NULL))
		ifcfg_file_report(file, IFCFG_FATAL, "MUD_URL", "Write a URL such as https://example.com/device.json",
				  "MUD_URL is no URL");
}

void
ifcfg_connection_read(struct ifcfg_file *file, struct ifcfg_settings *settings)
{
	read_device_timeout(file, settings);
	read_ping_timeout(file, settings);
	read_mud_url(file, settings);
}
