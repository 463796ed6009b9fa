/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "types.h"

/* What a BOND_ERROR carries beside domain, code and message. */
typedef struct {
	const char *extack; /* a constant */
} BondErrorPrivate;

static void
bond_error_private_init(BondErrorPrivate *priv)
{
	priv->extack = "";
}

static void
bond_error_private_copy(const BondErrorPrivate *from, BondErrorPrivate *to)
{
	to->extack = from->extack;
}

static void
bond_error_private_clear(BondErrorPrivate *priv)
{
}

G_DEFINE_EXTENDED_ERROR(BondError, bond_error)

const char *
bond_error_extack(const GError *error)
{
	BondErrorPrivate *priv;

	if (error == NULL || error->domain != BOND_ERROR)
		return "";
	priv = bond_error_get_private(error);
	return priv->extack;
}

void
bond_error_set_extack(GError *error, const char *extack)
{
	BondErrorPrivate *priv;

	if (error == NULL)
		return;
	g_return_if_fail(error->domain == BOND_ERROR);
	priv = bond_error_get_private(error);
	priv->extack = extack;
}

gboolean
bond_name_is_valid(const char *name)
{
	gsize len = strlen(name);

	if (len == 0 || len >= BOND_NAME_SIZE || g_str_equal(name, ".") || g_str_equal(name, ".."))
		return FALSE;
	for (gsize i = 0; i < len; i++) {
		if (name[i] == '/' || name[i] == ':' || g_ascii_isspace(name[i]))
			return FALSE;
	}
	return TRUE;
}
