package dev.twinlog.testkit.internal.mirror;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.testkit.internal.mirror.MirrorDiff.Finding;
import dev.twinlog.testkit.internal.mirror.MirrorDiff.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

/**
 * Tests how a target partition's differences from its source are classified. Each letter is a
 * record; the same letter is the same contents.
 */
final class MirrorDiffTest {
  @Test
  void equalPartitionsHaveNothingToReport() {
    assertThat(diff("abc", "abc").findings()).isEmpty();
    assertThat(diff("abc", "abc").copied()).isEqualTo(3);
    assertThat(diff("", "").findings()).isEmpty();
    assertThat(diff("aaaa", "aaaa").findings()).isEmpty();
  }

  @Test
  void aMissingRecordIsLost() {
    assertFindings("abcd", "abd", new Finding(Kind.LOST, 2, -1));
    assertFindings("abcd", "abc", new Finding(Kind.LOST, 3, -1));
    assertFindings("ab", "", new Finding(Kind.LOST, 0, -1), new Finding(Kind.LOST, 1, -1));
    assertFindings("aab", "ab", new Finding(Kind.LOST, 1, -1));
  }

  @Test
  void aRecordThatIsThereOnceMoreIsADuplicate() {
    assertFindings("abc", "abbc", new Finding(Kind.DUPLICATED, -1, 2));
    assertFindings("abc", "abca", new Finding(Kind.DUPLICATED, -1, 3));
    assertFindings("abcde", "abcdabcde", dup(4), dup(5), dup(6), dup(7));
  }

  @Test
  void aMovedRecordIsOutOfOrder() {
    assertFindings("abcde", "acdeb", new Finding(Kind.OUT_OF_ORDER, 1, 4));
    assertThat(diff("abcde", "acdeb").copied()).isEqualTo(5);
    assertFindings("abcde", "eabcd", new Finding(Kind.OUT_OF_ORDER, 4, 0));
  }

  @Test
  void aRecordWithOtherContentsInThePlaceOfAnotherIsAltered() {
    assertFindings("abcd", "abXd", new Finding(Kind.ALTERED, 2, 2));
    assertFindings(
        "abcd", "XbcY", new Finding(Kind.ALTERED, 0, 0), new Finding(Kind.ALTERED, 3, 3));
    assertThat(diff("abcd", "abXd").copied()).isEqualTo(3);
  }

  @Test
  void aRecordThatTheSourceNeverHadIsUnexpected() {
    assertFindings("abc", "abXc", new Finding(Kind.UNEXPECTED, -1, 2));
    assertFindings("", "X", new Finding(Kind.UNEXPECTED, -1, 0));
  }

  @Test
  void aLossAndAStrangerFarApartAreNotAnAlteration() {
    assertFindings(
        "abcdef", "acdeXf", new Finding(Kind.LOST, 1, -1), new Finding(Kind.UNEXPECTED, -1, 4));
  }

  @Test
  void randomDamageAlwaysAddsUp() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      List<String> source = new ArrayList<>();
      for (int i = 0; i < random.nextInt(60); i++) {
        source.add("r" + random.nextInt(40));
      }
      List<String> target = new ArrayList<>(source);
      for (int i = 0; i < random.nextInt(6) && !target.isEmpty(); i++) {
        int at = random.nextInt(target.size());
        switch (random.nextInt(4)) {
          case 0 -> target.remove(at);
          case 1 -> target.add(at, target.get(random.nextInt(target.size())));
          case 2 -> target.set(at, "x" + round + i);
          default -> Collections.swap(target, at, random.nextInt(target.size()));
        }
      }
      MirrorDiff diff = MirrorDiff.of(prints(source), prints(target));
      String what = "seed " + seed + ": " + source + " against " + target + ": " + diff;
      assertThat(diff.copied() + count(diff, Kind.LOST) + count(diff, Kind.ALTERED))
          .as(what)
          .isEqualTo(source.size());
      assertThat(
              diff.copied()
                  + count(diff, Kind.DUPLICATED)
                  + count(diff, Kind.ALTERED)
                  + count(diff, Kind.UNEXPECTED))
          .as(what)
          .isEqualTo(target.size());
      assertThat(diff.findings().isEmpty()).as(what).isEqualTo(source.equals(target));
    }
  }

  @Test
  void manyShuffledRecordsAreClassified() {
    List<String> source = new ArrayList<>();
    for (int i = 0; i < 200_000; i++) {
      source.add("r" + i);
    }
    List<String> target = new ArrayList<>(source);
    Collections.shuffle(target, new Random(1));
    MirrorDiff diff = MirrorDiff.of(prints(source), prints(target));
    assertThat(diff.copied()).isEqualTo(200_000);
    assertThat(diff.findings()).allMatch(finding -> finding.kind() == Kind.OUT_OF_ORDER);
  }

  private static Finding dup(int target) {
    return new Finding(Kind.DUPLICATED, -1, target);
  }

  private static long count(MirrorDiff diff, Kind kind) {
    return diff.findings().stream().filter(finding -> finding.kind() == kind).count();
  }

  private static void assertFindings(String source, String target, Finding... findings) {
    assertThat(diff(source, target).findings()).containsExactly(findings);
  }

  private static MirrorDiff diff(String source, String target) {
    return MirrorDiff.of(
        prints(Arrays.asList(source.isEmpty() ? new String[0] : source.split(""))),
        prints(Arrays.asList(target.isEmpty() ? new String[0] : target.split(""))));
  }

  private static Prints prints(List<String> values) {
    Prints prints = new Prints(true);
    long offset = 0;
    for (String value : values) {
      prints.add(
          new ConsumerRecord<>(
              "topic",
              0,
              offset++,
              0,
              TimestampType.CREATE_TIME,
              0,
              0,
              null,
              value.getBytes(UTF_8),
              new RecordHeaders(),
              java.util.Optional.empty()));
    }
    return prints;
  }
}
