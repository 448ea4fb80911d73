package dev.twinlog.internal.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.PartitionVerdict;
import dev.twinlog.Verdict;
import dev.twinlog.VerifyDifference;
import dev.twinlog.VerifyDifference.Kind;
import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.verify.RouteWalk.Window;
import dev.twinlog.internal.verify.TargetComparison.Wants;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.SkippedOffsets;
import dev.twinlog.spi.TopicConfigs;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/**
 * Tests the walk along the offset map on random logs, in batches of random sizes on both sides: an
 * exact copy is exact, and one thing that is wrong is found at its place.
 */
final class TargetComparisonTest {
  private static final int SEEDS = 300;
  private static final int RECORDS = 120;
  private static final long NOW = 1L << 40;
  private static final Compaction KEPT = new Compaction(false, true, false, 0);
  private static final Compaction COMPACTED = new Compaction(true, true, false, 1L << 50);

  private static PartitionVerdict compare(ModelLogs logs, Compaction policy) {
    return compare(
        logs,
        policy,
        ModelLogs.batches(ModelLogs.ROUTE.source(), logs.source, new HashMap<>(), logs.random),
        ModelLogs.batches(ModelLogs.ROUTE.target(), logs.target, logs.producers, logs.random));
  }

  private static PartitionVerdict compare(
      ModelLogs logs,
      Compaction policy,
      List<ReplicationBatch> fromSource,
      List<ReplicationBatch> fromTarget) {
    PartitionVerdict.Builder findings = PartitionVerdict.builder(ModelLogs.ROUTE.source());
    LogSide source = new LogSide(0);
    source.lostUpTo(logs.lostAtSource);
    LogSide target = new LogSide(0);
    target.lostUpTo(logs.lostInTarget);
    TargetComparison comparison = comparison(logs, policy, findings, source, target);
    List<ReplicationBatch> here = new ArrayList<>(fromSource);
    List<ReplicationBatch> there = new ArrayList<>(fromTarget);
    while (!comparison.isFinished()) {
      Wants wants = comparison.advance();
      if (wants == Wants.SOURCE || logs.random.nextBoolean()) {
        deliver(here, source, logs.sourceEnd);
      }
      if (wants == Wants.TARGET || logs.random.nextBoolean()) {
        deliver(there, target, logs.targetEnd);
      }
    }
    return findings.build();
  }

  private static TargetComparison comparison(
      ModelLogs logs,
      Compaction policy,
      PartitionVerdict.Builder findings,
      LogSide source,
      LogSide target) {
    ComparisonRules rules =
        new ComparisonRules(
            policy, policy, logs.registered, new CompactedKeys(1 << 20), logs.others, NOW);
    Window all = new Window(0, Long.MAX_VALUE);
    return new TargetComparison(
        ModelLogs.ROUTE.target(),
        List.of(
            new RouteWalk(logs.route, findings, new RouteWalk.From(source, 0, logs.skipped), all)),
        target,
        rules);
  }

  private static void deliver(List<ReplicationBatch> from, LogSide to, long end) {
    if (from.isEmpty()) {
      to.position(end, end, end);
    } else {
      to.add(from.remove(0));
    }
  }

  private static void assertOnly(PartitionVerdict verdict, VerifyDifference expected, int seed) {
    assertThat(verdict.examples()).as("seed %d", seed).hasSize(1);
    VerifyDifference found = verdict.examples().get(0);
    assertThat(found.kind()).as("seed %d, %s", seed, found).isEqualTo(expected.kind());
    assertThat(found.sourceOffset()).as("seed %d", seed).isEqualTo(expected.sourceOffset());
    assertThat(found.targetOffset()).as("seed %d", seed).isEqualTo(expected.targetOffset());
    assertThat(verdict.verdict()).isEqualTo(Verdict.DIFFERENT);
  }

  private static VerifyDifference at(Kind kind, long source, long target) {
    return VerifyDifference.of(kind, source, target, "");
  }

  @Test
  void recordsThatWereLeftOut_areNamed_andAreNoDifferences() {
    for (int seed = 0; seed < SEEDS; seed++) {
      ModelLogs logs = new ModelLogs(new Random(seed), 50);
      logs.leaveOut(12);
      PartitionVerdict verdict = compare(logs, KEPT);
      assertThat(verdict.verdict()).as("seed %d: %s", seed, verdict).isEqualTo(Verdict.EXACT);
      assertThat(verdict.skippedRecords()).isEqualTo(12);
      assertThat(verdict.notes())
          .singleElement()
          .asString()
          .contains("12 records were left out", logs.skipped.ranges().get(0).from() + ", ")
          .endsWith(" and more");
      logs.skipped = SkippedOffsets.none();
      assertThat(compare(logs, KEPT).differences()).as("seed %d", seed).isEqualTo(12);
    }
  }

  @Test
  void recordsThatAreKnownToBeOfOthers_leaveNoDoubt() {
    boolean doubtful = false;
    for (int seed = 0; seed < SEEDS; seed++) {
      ModelLogs logs = new ModelLogs(new Random(seed), RECORDS);
      logs.registered.clear(); // the copies' own producer ids are not known either
      doubtful |= compare(logs, KEPT).verdict() == Verdict.INCONCLUSIVE;
      for (Map.Entry<Long, Long> each : logs.producers.entrySet()) {
        if (each.getValue() == ModelLogs.OTHERS) {
          logs.others = logs.others.with(each.getKey());
        }
      }
      PartitionVerdict verdict = compare(logs, KEPT);
      assertThat(verdict.verdict()).as("seed %d: %s", seed, verdict).isEqualTo(Verdict.EXACT);
      assertThat(verdict.foreignRecords()).isEqualTo(logs.others.count());
    }
    assertThat(doubtful).isTrue();
  }

  @Test
  void anExactCopy_isExact_andRecordsOfOthersAreCounted() {
    for (int seed = 0; seed < SEEDS; seed++) {
      ModelLogs logs = new ModelLogs(new Random(seed), RECORDS);
      PartitionVerdict verdict = compare(logs, KEPT);
      assertThat(verdict.verdict()).as("seed %d: %s", seed, verdict).isEqualTo(Verdict.EXACT);
      assertThat(verdict.records()).isEqualTo(RECORDS);
      long last = logs.copies.lastEntry().getValue();
      assertThat(verdict.foreignRecords())
          .as("seed %d", seed)
          .isEqualTo(
              logs.producers.headMap(last).values().stream()
                  .filter(id -> id == ModelLogs.OTHERS)
                  .count());
    }
  }

  @Test
  void aRecordThatOneSideLacks_isFoundThere() {
    for (int seed = 0; seed < SEEDS; seed++) {
      ModelLogs logs = new ModelLogs(new Random(seed), RECORDS);
      long offset = logs.anyOffset();
      long copy = logs.copies.get(offset);
      boolean inTarget = logs.random.nextBoolean();
      if (inTarget) {
        logs.target.remove(copy);
      } else {
        logs.source.remove(offset);
      }
      assertOnly(compare(logs, KEPT), at(inTarget ? Kind.MISSING : Kind.EXTRA, offset, copy), seed);
    }
  }

  @Test
  void aRecordThatNeitherSideHas_isMissing() {
    for (int seed = 0; seed < SEEDS; seed++) {
      ModelLogs logs = new ModelLogs(new Random(seed), RECORDS);
      long offset = logs.anyOffset();
      logs.source.remove(offset);
      logs.target.remove(logs.copies.get(offset));
      assertOnly(compare(logs, KEPT), at(Kind.MISSING, offset, logs.copies.get(offset)), seed);
    }
  }

  @Test
  void aRecordThatDiffers_isFound() {
    for (int seed = 0; seed < SEEDS; seed++) {
      ModelLogs logs = new ModelLogs(new Random(seed), RECORDS);
      long offset = logs.anyOffset();
      long copy = logs.copies.get(offset);
      ReplicationRecord record = logs.target.get(copy);
      logs.target.put(
          copy,
          ReplicationRecord.of(
              copy, record.timestamp() + 1, record.key(), record.value(), record.headers()));
      assertOnly(compare(logs, KEPT), at(Kind.CHANGED, offset, copy), seed);
    }
  }

  @Test
  void aBatchThatItsReaderCanNotDeliver_isADifference_andWhatFollowsIsNotCompared() {
    ModelLogs logs = new ModelLogs(new Random(1), RECORDS);
    PartitionVerdict.Builder findings = PartitionVerdict.builder(ModelLogs.ROUTE.source());
    LogSide target = new LogSide(7);
    TargetComparison comparison = comparison(logs, KEPT, findings, new LogSide(0), target);
    target.damaged("eu-west failed to read orders-0 at offset 7");
    comparison.advance();
    assertThat(comparison.isFinished()).isTrue();
    assertThat(comparison.hasEndedEarly()).isTrue();
    PartitionVerdict verdict = findings.build();
    assertThat(verdict.verdict()).isEqualTo(Verdict.DIFFERENT);
    VerifyDifference found = verdict.examples().get(0);
    assertThat(found.kind()).isEqualTo(Kind.CHANGED);
    assertThat(found.targetOffset()).hasValue(7);
    assertThat(found.what())
        .contains("the target stores a damaged batch")
        .contains("failed to read orders-0 at offset 7");
  }

  @Test
  void aRecordOfTheLinkThatItsMapDoesNotKnow_isDuplicate() {
    int found = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      ModelLogs logs = new ModelLogs(new Random(seed), RECORDS);
      Optional<Long> others =
          logs.producers.headMap(logs.copies.lastEntry().getValue()).entrySet().stream()
              .filter(one -> one.getValue() == ModelLogs.OTHERS)
              .map(Map.Entry::getKey)
              .findFirst();
      if (others.isPresent()) {
        logs.producers.put(others.get(), ModelLogs.OWN);
        assertOnly(compare(logs, KEPT), at(Kind.DUPLICATE, -1, others.get()), seed);
        found++;
      }
    }
    assertThat(found).isGreaterThan(SEEDS / 2);
  }

  private static String text(byte[] key) {
    return new String(key, StandardCharsets.UTF_8);
  }

  /** Removes what a later record of the key replaces, as a log cleaner may, or not. */
  private static void clean(NavigableMap<Long, ReplicationRecord> log, Random random) {
    Map<String, Long> last = new HashMap<>();
    log.forEach((offset, record) -> last.put(text(record.key()), offset));
    long until = random.nextInt(RECORDS * 2);
    log.entrySet()
        .removeIf(
            one -> one.getKey() < until && last.get(text(one.getValue().key())) > one.getKey());
  }

  @Test
  void whatCompactionHasRemoved_isExplainedByLaterRecords() {
    for (int seed = 0; seed < SEEDS; seed++) {
      ModelLogs logs = new ModelLogs(new Random(seed), RECORDS);
      clean(logs.source, logs.random);
      clean(logs.target, logs.random);
      PartitionVerdict verdict = compare(logs, COMPACTED);
      assertThat(verdict.verdict()).as("seed %d: %s", seed, verdict).isEqualTo(Verdict.EXACT);
      assertThat(verdict.records()).isLessThanOrEqualTo(RECORDS);
    }
  }

  @Test
  void theLastRecordOfAKey_isMissed_alsoInACompactedLog() {
    for (int seed = 0; seed < SEEDS; seed++) {
      ModelLogs logs = new ModelLogs(new Random(seed), RECORDS);
      NavigableMap<String, Long> last = new TreeMap<>();
      logs.source.forEach((offset, record) -> last.put(text(record.key()), offset));
      long offset = last.values().iterator().next();
      clean(logs.source, logs.random);
      clean(logs.target, logs.random);
      boolean inTarget = logs.random.nextBoolean();
      if (inTarget) {
        logs.target.remove(logs.copies.get(offset));
      } else {
        logs.source.remove(offset);
      }
      assertOnly(
          compare(logs, COMPACTED),
          at(inTarget ? Kind.MISSING : Kind.EXTRA, offset, logs.copies.get(offset)),
          seed);
    }
  }

  @Test
  void whereConfigsAreHidden_anExplanationIsNoProof() {
    ModelLogs logs = new ModelLogs(new Random(1), RECORDS);
    logs.target.remove(logs.copies.firstEntry().getValue());
    PartitionVerdict verdict = compare(logs, Compaction.of(Optional.of(TopicConfigs.hidden())));
    assertThat(verdict.verdict()).isEqualTo(Verdict.INCONCLUSIVE);
    assertThat(verdict.reasons()).anyMatch(reason -> reason.contains("DESCRIBE_CONFIGS"));
  }

  @Test
  void aRangeWithoutSingleOffsets_isLeftOut_withAReason() {
    ModelLogs logs = new ModelLogs(new Random(2), RECORDS);
    logs.loseOffsets(RECORDS / 2);
    PartitionVerdict verdict = compare(logs, KEPT);
    assertThat(verdict.verdict()).as("%s", verdict).isEqualTo(Verdict.INCONCLUSIVE);
    assertThat(verdict.reasons()).hasSize(2).first().asString().contains("no single offsets");
    assertThat(verdict.records()).isEqualTo(RECORDS / 2);
  }

  @Test
  void aDamagedBatch_isADifference_alsoIfItsRecordsAreTheSame() {
    ModelLogs logs = new ModelLogs(new Random(4), RECORDS);
    List<ReplicationBatch> target =
        ModelLogs.batches(ModelLogs.ROUTE.target(), logs.target, logs.producers, logs.random);
    ByteBuffer first = target.get(0).encoded().orElseThrow();
    byte[] bytes = new byte[first.remaining()];
    first.get(bytes);
    bytes[BatchHeader.PRODUCER_EPOCH] ^= 1;
    target.set(0, ReplicationBatch.ofEncoded(ModelLogs.ROUTE.target(), ByteBuffer.wrap(bytes)));
    PartitionVerdict verdict =
        compare(
            logs,
            KEPT,
            ModelLogs.batches(ModelLogs.ROUTE.source(), logs.source, new HashMap<>(), logs.random),
            target);
    assertOnly(verdict, at(Kind.CHANGED, -1, 0), 4);
    assertThat(verdict.records()).isEqualTo(RECORDS);
  }

  private static PartitionVerdict compareAlike(ModelLogs logs) {
    List<ReplicationBatch> source = new ArrayList<>();
    List<ReplicationBatch> target = new ArrayList<>();
    logs.alike(source, target);
    return compare(logs, KEPT, source, target);
  }

  @Test
  void batchesThatAreAlike_areComparedByTheirBytes() {
    for (int seed = 0; seed < SEEDS; seed++) {
      ModelLogs logs = new ModelLogs(new Random(seed), RECORDS);
      PartitionVerdict verdict = compareAlike(logs);
      assertThat(verdict.verdict()).as("seed %d: %s", seed, verdict).isEqualTo(Verdict.EXACT);
      assertThat(verdict.records()).isEqualTo(RECORDS);
      long offset = logs.anyOffset();
      ReplicationRecord record = logs.target.get(logs.copies.get(offset));
      byte[] value = record.value().clone();
      if (value.length > 0) {
        value[value.length - 1] ^= 1;
        logs.target.put(record.offset(), record.replacingValue(value));
        assertOnly(compareAlike(logs), at(Kind.CHANGED, offset, record.offset()), seed);
      }
    }
  }

  /** The times of records are relative to that in the header, so the bytes behind it are equal. */
  @Test
  void batchesThatDifferInTheirHeaders_areNotAlike() {
    ModelLogs logs = new ModelLogs(new Random(3), RECORDS);
    logs.target.replaceAll(
        (offset, record) ->
            ReplicationRecord.of(
                offset, record.timestamp() + 1, record.key(), record.value(), record.headers()));
    assertThat(compareAlike(logs).differences()).isEqualTo(RECORDS);
  }

  private static ModelLogs lacksFirst(boolean inTarget) {
    ModelLogs logs = new ModelLogs(new Random(5), RECORDS);
    long last = logs.sourceEnd++;
    logs.source.put(last, logs.record(last, "lonely"));
    logs.copy(last);
    if (inTarget) {
      logs.target.remove(logs.copies.get(last));
    } else {
      logs.source.remove(last);
    }
    return logs;
  }

  @Test
  void aRecordThatIsNotCopiedYet_explainsOnlyWhatTheSourceLacks() {
    for (boolean inTarget : new boolean[] {true, false}) {
      ModelLogs logs = lacksFirst(inTarget);
      logs.source.put(logs.sourceEnd, logs.record(logs.sourceEnd, "lonely"));
      logs.sourceEnd++;
      PartitionVerdict verdict = compare(logs, COMPACTED);
      assertThat(verdict.verdict())
          .as("%s", verdict)
          .isEqualTo(inTarget ? Verdict.DIFFERENT : Verdict.EXACT);
    }
  }

  @Test
  void aRecordOfOthers_explainsOnlyWhatTheTargetLacks() {
    for (boolean inTarget : new boolean[] {true, false}) {
      ModelLogs logs = lacksFirst(inTarget);
      logs.putInTarget("lonely", ModelLogs.OTHERS);
      PartitionVerdict verdict = compare(logs, COMPACTED);
      assertThat(verdict.verdict())
          .as("%s", verdict)
          .isEqualTo(inTarget ? Verdict.EXACT : Verdict.DIFFERENT);
    }
  }

  @Test
  void aRecordOfOthersBetweenCopies_explainsOnlyWhatTheTargetLacks() {
    for (boolean inTarget : new boolean[] {true, false}) {
      ModelLogs logs = lacksFirst(inTarget);
      logs.putInTarget("lonely", ModelLogs.OTHERS);
      long end = logs.sourceEnd++;
      logs.source.put(end, logs.record(end, "end"));
      logs.copy(end);
      PartitionVerdict verdict = compare(logs, COMPACTED);
      assertThat(verdict.verdict())
          .as("%s", verdict)
          .isEqualTo(inTarget ? Verdict.EXACT : Verdict.DIFFERENT);
    }
  }

  private static ModelLogs withOneOf(long producer) {
    ModelLogs logs = new ModelLogs(new Random(6), 0);
    for (int i = 0; i < 3; i++) {
      if (i == 1) {
        logs.putInTarget("of whom", producer);
      }
      long offset = logs.sourceEnd++;
      logs.source.put(offset, logs.record(offset, "key"));
      logs.copy(offset);
    }
    return logs;
  }

  @Test
  void aRecordUnderAnIdThatMayHaveWrittenAnyRoute_isNotTakenForOthers() {
    ModelLogs logs = withOneOf(9);
    assertThat(compare(logs, KEPT).verdict()).isEqualTo(Verdict.EXACT);
    logs.registered.put(9L, Optional.empty());
    assertThat(compare(logs, KEPT).verdict()).isEqualTo(Verdict.INCONCLUSIVE);
  }

  @Test
  void whereCopiesAreUnderIdsThatAreNotRegistered_othersAreNotSurelyOthers() {
    ModelLogs logs = withOneOf(ModelLogs.OTHERS);
    logs.producers.put(logs.copies.lastEntry().getValue(), 10L);
    PartitionVerdict verdict = compare(logs, KEPT);
    assertThat(verdict.verdict()).as("%s", verdict).isEqualTo(Verdict.INCONCLUSIVE);
    logs = withOneOf(ProducerIds.NONE);
    logs.producers.put(logs.copies.lastEntry().getValue(), 10L);
    assertThat(compare(logs, KEPT).verdict()).isEqualTo(Verdict.EXACT);
    logs.producers.put(logs.copies.firstEntry().getValue(), ProducerIds.NONE);
    assertThat(compare(logs, KEPT).verdict()).isEqualTo(Verdict.INCONCLUSIVE);
  }

  @Test
  void whatRetentionRemovesMeanwhile_isNoDifference() {
    for (boolean inTarget : new boolean[] {true, false}) {
      ModelLogs logs = new ModelLogs(new Random(7), RECORDS);
      long offset = logs.source.keySet().stream().skip(RECORDS / 2).findFirst().orElseThrow();
      if (inTarget) {
        logs.lostInTarget = logs.copies.get(offset);
        logs.target.headMap(logs.lostInTarget).clear();
      } else {
        logs.lostAtSource = offset;
        logs.source.headMap(offset).clear();
      }
      PartitionVerdict verdict = compare(logs, KEPT);
      assertThat(verdict.verdict()).as("%s", verdict).isEqualTo(Verdict.EXACT);
      assertThat(verdict.records()).isEqualTo(RECORDS / 2);
      assertThat(verdict.notes()).singleElement().asString().contains("retention");
    }
  }

  @Test
  void theRest_isReadToWhereTheLogsEndedWhenItBegan() {
    ModelLogs logs = lacksFirst(true);
    PartitionVerdict.Builder findings = PartitionVerdict.builder(ModelLogs.ROUTE.source());
    LogSide source = new LogSide(0);
    LogSide target = new LogSide(0);
    TargetComparison comparison = comparison(logs, COMPACTED, findings, source, target);
    ModelLogs.batches(ModelLogs.ROUTE.source(), logs.source, new HashMap<>(), logs.random)
        .forEach(source::add);
    ModelLogs.batches(ModelLogs.ROUTE.target(), logs.target, logs.producers, logs.random)
        .forEach(target::add);
    for (int i = 0; !comparison.isFinished(); i++) {
      assertThat(i).as("it chases the ends of the logs").isLessThan(10);
      comparison.advance();
      source.position(logs.sourceEnd + i, logs.sourceEnd + i + 1, logs.sourceEnd + i + 1);
      target.position(logs.targetEnd + i, logs.targetEnd + i + 1, logs.targetEnd + i + 1);
    }
    assertThat(findings.build().verdict()).isEqualTo(Verdict.DIFFERENT);
  }

  @Test
  void whatIsLeftOutSinceRetentionHasRemovedItsOriginal_explainsWhatTheTargetLacks() {
    ModelLogs logs = new ModelLogs(new Random(8), 0);
    for (String key : List.of("lonely", "a", "lonely", "b")) {
      long offset = logs.sourceEnd++;
      logs.source.put(offset, logs.record(offset, key));
      logs.copy(offset);
    }
    logs.target.remove(0L);
    PartitionVerdict.Builder findings = PartitionVerdict.builder(ModelLogs.ROUTE.source());
    LogSide source = new LogSide(0);
    LogSide target = new LogSide(0);
    TargetComparison comparison = comparison(logs, COMPACTED, findings, source, target);
    source.add(single(ModelLogs.ROUTE.source(), logs.source.get(0L)));
    target.add(single(ModelLogs.ROUTE.target(), logs.target.get(1L)));
    assertThat(comparison.advance()).isEqualTo(Wants.SOURCE);
    source.lostUpTo(3);
    assertThat(comparison.advance()).isEqualTo(Wants.TARGET);
    source.add(single(ModelLogs.ROUTE.source(), logs.source.get(3L)));
    target.add(single(ModelLogs.ROUTE.target(), logs.target.get(2L)));
    target.add(single(ModelLogs.ROUTE.target(), logs.target.get(3L)));
    source.position(4, 4, 4);
    target.position(4, 4, 4);
    comparison.advance();
    assertThat(comparison.isFinished()).isTrue();
    PartitionVerdict verdict = findings.build();
    assertThat(verdict.verdict()).as("%s", verdict).isEqualTo(Verdict.EXACT);
    assertThat(verdict.records()).isEqualTo(2);
  }

  private static ReplicationBatch single(TopicPartition partition, ReplicationRecord record) {
    return ModelLogs.encoded(partition, List.of(record), ModelLogs.OWN);
  }
}
