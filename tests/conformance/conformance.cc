/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every recording one case, over the code of `replay`; and proof that it would notice a difference. */
#include <gtest/gtest.h>

#include "replay.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

namespace fs = std::filesystem;

namespace
{

struct Suite {
	fs::path recordings;
	fs::path recordings_6_1; /* of an older kernel */
	struct differences *differences;
};

struct ResultDeleter {
	void operator()(struct replay_result *result) const
	{
		replay_result_free(result);
	}
};

using Result = std::unique_ptr<struct replay_result, ResultDeleter>;

Result
replay(const fs::path &folder, struct differences *differences)
{
	struct replay_options options = {};

	options.differences = differences;
	return Result(replay_case(folder.c_str(), &options));
}

class RecordingTest : public testing::Test
{
      public:
	RecordingTest(const Suite &suite, fs::path folder) : suite(suite), folder(std::move(folder))
	{
	}

	void TestBody() override
	{
		auto result = replay(folder, suite.differences);

		EXPECT_TRUE(result->passed) << result->report->str;
		EXPECT_EQ(result->snapshots_matched, result->snapshots);
	}

      private:
	const Suite &suite;
	fs::path folder;
};

class DifferencesTest : public testing::Test
{
      public:
	explicit DifferencesTest(const Suite &suite) : suite(suite)
	{
	}

	void TestBody() override
	{
		g_auto(GStrv) names = differences_cases(suite.differences);

		for (char **name = names; *name != nullptr; name++)
			EXPECT_TRUE(fs::exists(suite.recordings / *name)) << *name << " of differences is no recording";
	}

      private:
	const Suite &suite;
};

std::string
read_file(const fs::path &path)
{
	std::ifstream in(path, std::ios::binary);
	std::ostringstream text;

	text << in.rdbuf();
	return text.str();
}

void
replace_in(const fs::path &path, const std::string &from, const std::string &to)
{
	auto text = read_file(path);
	auto at = text.find(from);

	ASSERT_NE(at, std::string::npos) << path << " has no \"" << from << '"';
	text.replace(at, from.size(), to);
	std::ofstream(path, std::ios::binary) << text;
}

/* The first frame of a capture with these bytes in it comes so many ms later than it did. */
void
delay_frame(const fs::path &path, const std::string &bytes, guint32 ms)
{
	auto data = read_file(path);

	for (size_t at = 24; at + 16 <= data.size();) {
		guint32 head[4];

		memcpy(head, data.data() + at, sizeof(head));
		if (data.substr(at + 16, head[2]).find(bytes) != std::string::npos) {
			head[1] += ms * 1000 * 1000;
			memcpy(data.data() + at, head, sizeof(head));
			std::ofstream(path, std::ios::binary) << data;
			return;
		}
		at += 16 + head[2];
	}
	FAIL() << path << " has no such frame";
}

/* A copy of a case that passes, changed in one place: the replay must fail and say where. */
class SensitivityTest : public testing::Test
{
      public:
	using Change = std::function<void(const fs::path &folder)>;

	SensitivityTest(const Suite &suite, std::string name, Change change, std::string complaint)
	    : suite(suite), name(std::move(name)), change(std::move(change)), complaint(std::move(complaint))
	{
	}

	void TestBody() override
	{
		g_autofree char *scratch = g_dir_make_tmp("bondd-conformance-XXXXXX", nullptr);
		ASSERT_NE(scratch, nullptr);
		auto folder = fs::path(scratch) / name;

		fs::copy(suite.recordings / name, folder);
		EXPECT_TRUE(replay(folder, nullptr)->passed);
		change(folder);
		auto result = replay(folder, nullptr);
		EXPECT_FALSE(result->passed);
		EXPECT_NE(std::string(result->report->str).find(complaint), std::string::npos) << result->report->str;
		fs::remove_all(scratch);
	}

      private:
	const Suite &suite;
	std::string name;
	Change change;
	std::string complaint;
};

void
register_sensitivity(const Suite &suite, const char *name, SensitivityTest::Change change, const char *complaint,
		     const char *recording = "mode1-failover-garp")
{
	testing::RegisterTest(
	    "Sensitivity", name, nullptr, nullptr, __FILE__, __LINE__,
	    [=, &suite]() -> SensitivityTest * { return new SensitivityTest(suite, recording, change, complaint); });
}

void
register_sensitivities(const Suite &suite)
{
	register_sensitivity(
	    suite, "Proc",
	    [](const fs::path &folder) {
		    replace_in(folder / "02-failed-over.proc", "Currently Active Slave: p1",
			       "Currently Active Slave: p0");
	    },
	    "02-failed-over.proc:5");
	register_sensitivity(
	    suite, "ProcLineMissing",
	    [](const fs::path &folder) { replace_in(folder / "01-settled.proc", "Duplex: full\n", ""); },
	    "01-settled.proc");
	register_sensitivity(
	    suite, "Sysfs",
	    [](const fs::path &folder) { replace_in(folder / "02-failed-over.sysfs", "p0/carrier=0", "p0/carrier=1"); },
	    "02-failed-over.sysfs");
	register_sensitivity(
	    suite, "SysfsMode",
	    [](const fs::path &folder) {
		    replace_in(folder / "02-failed-over.sysfs", "mii_status 0444", "mii_status 0644");
	    },
	    "02-failed-over.sysfs");
	register_sensitivity(
	    suite, "Answer",
	    [](const fs::path &folder) {
		    replace_in(folder / "log.txt", "enslave bond0 p1 -> ok", "enslave bond0 p1 -> EBUSY");
	    },
	    "step 8");
	register_sensitivity(
	    suite, "UnknownVerb",
	    [](const fs::path &folder) {
		    replace_in(folder / "scenario.scn", "up bond0", "lift bond0");
		    replace_in(folder / "log.txt", "up bond0", "lift bond0");
	    },
	    "unknown: lift");
	register_sensitivity(
	    suite, "FramesMissing",
	    [](const fs::path &folder) {
		    fs::copy_file(folder / "wire-p0p.pcap", folder / "wire-p1p.pcap",
				  fs::copy_options::overwrite_existing);
	    },
	    "wire-p1p.pcap: not expected: @2.501 gratuitous ARP");
	register_sensitivity(
	    suite, "FrameContent",
	    [](const fs::path &folder) {
		    replace_in(folder / "wire-p1p.pcap",
			       std::string("\x0a\x07\x00\x01\0\0\0\0\0\0\x0a\x07\x00\x01", 14),
			       std::string("\x0a\x07\x00\x02\0\0\0\0\0\0\x0a\x07\x00\x02", 14));
	    },
	    "wire-p1p.pcap: expected, but missing: @2.603 gratuitous ARP 02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff, "
	    "02:00:00:00:00:01 10.7.0.2");
	register_sensitivity(
	    suite, "FrameTime",
	    [](const fs::path &folder) { delay_frame(folder / "wire-p1p.pcap", "\x0a\x07\x00\x01", 150); },
	    "gratuitous ARP 02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff, 02:00:00:00:00:01 10.7.0.1");
	/* No order of two bonds' ticks, and no phase of one's, explains what the kernel did not do. */
	register_sensitivity(
	    suite, "LacpState",
	    [](const fs::path &folder) {
		    replace_in(folder / "wire-p0p.pcap", std::string("\x00\x0f\x00\xff\x00\x01\x0f", 7),
			       std::string("\x00\x0f\x00\xff\x00\x01\x0d", 7));
	    },
	    "state 13", "mode4-with-partner");
	register_sensitivity(
	    suite, "LacpPeerState",
	    [](const fs::path &folder) { replace_in(folder / "05-t2000.proc", "port state: 7", "port state: 15"); },
	    "snapshot t2000", "mode4-with-partner");
	register_sensitivity(
	    suite, "ArpSearch",
	    [](const fs::path &folder) {
		    replace_in(folder / "08-target-back.proc", "Currently Active Slave: p0",
			       "Currently Active Slave: p1");
	    },
	    "08-target-back.proc", "mode1-arp_validate-all");
	register_sensitivity(
	    suite, "PcapCut", [](const fs::path &folder) { fs::resize_file(folder / "wire-p1p.pcap", 1000); },
	    "no complete Ethernet pcap");
	register_sensitivity(
	    suite, "SnapshotMissing", [](const fs::path &folder) { fs::remove(folder / "01-settled.sysfs"); },
	    "snapshot settled");
}

void
register_recordings(const Suite &suite, const char *group, const fs::path &folder)
{
	for (const auto &entry : fs::directory_iterator(folder)) {
		auto path = entry.path();

		testing::RegisterTest(group, path.filename().c_str(), nullptr, nullptr, __FILE__, __LINE__,
				      [&suite, path]() -> RecordingTest * { return new RecordingTest(suite, path); });
	}
}

void
register_tests(const Suite &suite)
{
	register_recordings(suite, "Recordings", suite.recordings);
	register_recordings(suite, "Recordings61", suite.recordings_6_1);
	testing::RegisterTest("Differences", "NameRecordings", nullptr, nullptr, __FILE__, __LINE__,
			      [&suite]() -> DifferencesTest * { return new DifferencesTest(suite); });
	register_sensitivities(suite);
}

} // namespace

int
main(int argc, char **argv)
{
	g_autoptr(GError) error = nullptr;
	Suite suite;
	int status;

	testing::InitGoogleTest(&argc, argv);
	if (argc != 2) {
		g_printerr(
		    "usage: conformance-recordings FOLDER (with recordings/, recordings-6.1/ and differences)\n");
		return 2;
	}
	suite.recordings = fs::path(argv[1]) / "recordings";
	suite.recordings_6_1 = fs::path(argv[1]) / "recordings-6.1";
	suite.differences = differences_load((fs::path(argv[1]) / "differences").c_str(), &error);
	if (suite.differences == nullptr) {
		g_printerr("%s\n", error->message);
		return 2;
	}
	register_tests(suite);
	status = RUN_ALL_TESTS();
	differences_free(suite.differences);
	return status;
}
