/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "counters.h"

void
counters_override_properties(GObjectClass *class)
{
	g_object_class_override_property(class, COUNTERS_RX_PACKETS, "rx-packets");
	g_object_class_override_property(class, COUNTERS_RX_BYTES, "rx-bytes");
	g_object_class_override_property(class, COUNTERS_TX_PACKETS, "tx-packets");
	g_object_class_override_property(class, COUNTERS_TX_BYTES, "tx-bytes");
	g_object_class_override_property(class, COUNTERS_DROPS, "drops");
}

static GVariant *
drops_variant(const struct datapath_counters *counters)
{
	GVariantBuilder builder;

	g_variant_builder_init(&builder, G_VARIANT_TYPE("a{st}"));
	for (guint i = 0; i < DATAPATH_N_DROPS; i++)
		g_variant_builder_add(&builder, "{st}", datapath_drop_name(i), counters->drops[i]);
	return g_variant_builder_end(&builder);
}

void
counters_get_property(const struct datapath_counters *counters, guint id, GValue *value)
{
	switch ((enum counters_property) id) {
	case COUNTERS_RX_PACKETS:
		g_value_set_uint64(value, counters->rx_packets);
		break;
	case COUNTERS_RX_BYTES:
		g_value_set_uint64(value, counters->rx_bytes);
		break;
	case COUNTERS_TX_PACKETS:
		g_value_set_uint64(value, counters->tx_packets);
		break;
	case COUNTERS_TX_BYTES:
		g_value_set_uint64(value, counters->tx_bytes);
		break;
	case COUNTERS_DROPS:
		g_value_set_variant(value, drops_variant(counters));
		break;
	}
}
