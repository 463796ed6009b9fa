/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One case a column of the vectors, over the code of hash-vectors. */
#include <gtest/gtest.h>

#include "vectors.h"

namespace
{

class ColumnTest : public testing::Test
{
      public:
	ColumnTest(const struct vectors *vectors, guint column) : vectors(vectors), column(column)
	{
	}

	void TestBody() override
	{
		g_autoptr(GArray) misses = g_array_new(FALSE, FALSE, sizeof(struct vectors_miss));
		g_autoptr(GError) error = nullptr;

		ASSERT_TRUE(vectors_check(vectors, column, misses, &error)) << error->message;
		ASSERT_GT(vectors->rows->len, 0u);
		for (guint i = 0; i < misses->len; i++) {
			const auto *miss = &g_array_index(misses, struct vectors_miss, i);

			ADD_FAILURE() << "id " << miss->row->id << " " << miss->row->category << ": port "
				      << guint{miss->expected} << ", ours " << guint{miss->chosen};
		}
	}

      private:
	const struct vectors *vectors;
	guint column;
};

void
register_columns(const struct vectors *vectors)
{
	for (guint i = 0; i < vectors->columns->len; i++) {
		auto name = static_cast<const char *>(vectors->columns->pdata[i]);

		testing::RegisterTest("Hash", name, nullptr, nullptr, __FILE__, __LINE__,
				      [=]() -> ColumnTest * { return new ColumnTest(vectors, i); });
	}
}

} // namespace

int
main(int argc, char **argv)
{
	g_autoptr(GError) error = nullptr;
	struct vectors *vectors;
	int status;

	testing::InitGoogleTest(&argc, argv);
	if (argc != 2) {
		g_printerr("usage: conformance-hash FILE\n");
		return 2;
	}
	vectors = vectors_load(argv[1], &error);
	if (!vectors) {
		g_printerr("%s\n", error->message);
		return 2;
	}
	register_columns(vectors);
	status = RUN_ALL_TESTS();
	vectors_free(vectors);
	return status;
}
