/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host-options.h"

#include "error.h"

#define MAX_QUEUES 16

static const char *const host_kinds[] = {
    [DATAPATH_HOST_TAP] = "tap",
    [DATAPATH_HOST_VETH] = "veth",
    [DATAPATH_HOST_MIXED] = "mixed",
};

const char *
host_kind_name(enum datapath_host kind)
{
	return host_kinds[kind];
}

static gboolean
refuse(const char *name, const char *value, const char *remedy, GError **error)
{
	g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_VALUE,
		    "option %s does not take \u201c%.64s\u201d: it is %s", name, value, remedy);
	return FALSE;
}

static gboolean
parse_switch(const char *name, const char *value, gboolean *on, GError **error)
{
	if (g_str_equal(value, "1") || g_str_equal(value, "on") || g_str_equal(value, "true"))
		*on = TRUE;
	else if (g_str_equal(value, "0") || g_str_equal(value, "off") || g_str_equal(value, "false"))
		*on = FALSE;
	else
		return refuse(name, value, "0 (off) or 1 (on)", error);
	return TRUE;
}

static gboolean
parse_host(struct host_options *host, const char *value, GError **error)
{
	for (guint i = 0; i < G_N_ELEMENTS(host_kinds); i++) {
		if (g_str_equal(value, host_kinds[i])) {
			host->kind = i;
			return TRUE;
		}
	}
	return refuse("host", value, "tap, veth or mixed", error);
}

static gboolean
parse_queues(struct host_options *host, const char *value, GError **error)
{
	guint64 number;

	if (!g_ascii_string_to_unsigned(value, 10, 1, MAX_QUEUES, &number, NULL))
		return refuse("queues", value, "1 to 16", error);
	host->n_queues = (guint) number;
	return TRUE;
}

static gboolean
parse_busy_poll(struct host_options *host, const char *value, GError **error)
{
	return parse_switch("busy_poll", value, &host->busy_poll, error);
}

static gboolean
parse_up(struct host_options *host, const char *value, GError **error)
{
	return parse_switch("up", value, &host->up, error);
}

static const struct {
	const char *name;
	gboolean (*parse)(struct host_options *host, const char *value, GError **error);
} own_options[] = {
    {"host", parse_host},
    {"queues", parse_queues},
    {"busy_poll", parse_busy_poll},
    {"up", parse_up},
};

gboolean
host_options_set(struct host_options *host, const char *name, const char *value, gboolean *known, GError **error)
{
	*known = FALSE;
	for (guint i = 0; i < G_N_ELEMENTS(own_options); i++) {
		if (!g_str_equal(name, own_options[i].name))
			continue;
		*known = TRUE;
		return own_options[i].parse(host, value, error);
	}
	return TRUE;
}

GStrv
host_options_take(GVariant *options, const struct host_options *defaults, struct host_options *host, GError **error)
{
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	GVariantIter iter;
	const char *name;
	const char *value;

	*host = defaults != NULL ? *defaults : HOST_OPTIONS_DEFAULT;
	g_variant_iter_init(&iter, options);
	while (g_variant_iter_next(&iter, "{&s&s}", &name, &value)) {
		gboolean known;

		if (!host_options_set(host, name, value, &known, error))
			return NULL;
		if (!known)
			g_strv_builder_add_many(builder, name, value, NULL);
	}
	return g_strv_builder_end(builder);
}

gboolean
host_options_check_none(GVariant *options, GError **error)
{
	for (guint i = 0; i < G_N_ELEMENTS(own_options); i++) {
		const char *value;

		if (g_variant_lookup(options, own_options[i].name, "&s", &value)) {
			g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NOT_PERMITTED,
				    "option %s is fixed when the bond is made: remove the bond and create it anew",
				    own_options[i].name);
			return FALSE;
		}
	}
	return TRUE;
}

gboolean
host_options_equal(const struct host_options *a, const struct host_options *b)
{
	return a->kind == b->kind && a->n_queues == b->n_queues && a->busy_poll == b->busy_poll;
}
