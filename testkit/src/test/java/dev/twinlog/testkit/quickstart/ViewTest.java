package dev.twinlog.testkit.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.testkit.quickstart.Snapshot.Latency;
import dev.twinlog.testkit.quickstart.Snapshot.Phase;
import dev.twinlog.testkit.quickstart.Snapshot.Progress;
import dev.twinlog.testkit.quickstart.Snapshot.Row;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Tests the text that {@link View} makes of a snapshot. */
final class ViewTest {
  private static final Snapshot LOADING =
      new Snapshot(
          Phase.LOADING,
          Duration.ofMillis(5_250),
          "us-east -> eu-west",
          Optional.of(new Progress(50_000, 200_000)),
          40_000,
          0,
          0,
          Duration.ZERO,
          Optional.empty(),
          List.of());
  private static final Snapshot CATCHING_UP =
      new Snapshot(
          Phase.CATCHING_UP,
          Duration.ofMillis(12_345),
          "us-east -> eu-west",
          Optional.of(new Progress(104_500, 200_000)),
          3_998.7,
          41_234.5,
          95_500,
          Duration.ofMillis(1_240),
          Optional.empty(),
          List.of(
              new Row("orders-0", "copying", 120_000, 24_500, 95_500),
              new Row("payments-1", "caught up", 80_000, 80_000, 0)));
  private static final Snapshot LIVE =
      new Snapshot(
          Phase.LIVE,
          Duration.ofMillis(20_049),
          "us-east -> eu-west",
          Optional.empty(),
          4_000,
          4_003,
          12,
          Duration.ofMillis(7),
          Optional.of(new Latency(Duration.ofMillis(9), Duration.ofMillis(41))),
          List.of(new Row("customers-0", "caught up", 25_012, 25_000, 12)));

  private final View view = new View(false);

  @Test
  void block_ofTheBacklog_hasABar() {
    assertThat(view.block(LOADING))
        .containsExactly(
            "",
            "  us-east --> eu-west   writing the backlog                              5.3 s",
            "  ##########..............................  25 %  50,000 of 200,000");
  }

  @Test
  void block_whileCatchingUp_hasABarAndTheTable() {
    assertThat(view.block(CATCHING_UP))
        .containsExactly(
            "",
            "  us-east --> eu-west   catching up                                     12.3 s",
            "  ####################....................  52 %  104,500 of 200,000",
            "  load   3,999/s   copied   41,235/s   lag    95,500 records,   1.2 s",
            "",
            "  partition        state            source end   copied up to          lag",
            "  orders-0         copying             120,000         24,500       95,500",
            "  payments-1       caught up            80,000         80,000            0");
  }

  @Test
  void block_live_hasLatenciesAndTheTable() {
    assertThat(view.block(LIVE))
        .containsExactly(
            "",
            "  us-east --> eu-west   live                                            20.0 s",
            "  latency  p50 9 ms, p99 41 ms, from creation to acknowledgement",
            "  load   4,000/s   copied    4,003/s   lag        12 records,   0.0 s",
            "",
            "  partition        state            source end   copied up to          lag",
            "  customers-0      caught up            25,012         25,000           12");
  }

  @Test
  void block_whereTheTerminalCan_isDrawnWithBlocks() {
    List<String> block = new View(true).block(CATCHING_UP);

    assertThat(block.get(1)).startsWith("  us-east ──► eu-west   catching up ").endsWith("12.3 s");
    assertThat(block.get(2))
        .isEqualTo("  ████████████████████░░░░░░░░░░░░░░░░░░░░  52 %  104,500 of 200,000");
  }

  @Test
  void block_ofHugeFigures_isNeverWiderThanATerminal() {
    long huge = 9_999_999_999_999L;
    Snapshot snapshot =
        new Snapshot(
            Phase.CATCHING_UP_AGAIN,
            Duration.ofDays(30),
            "a-cluster-with-a-long-name-in-the-east -> a-cluster-with-a-long-name-in-the-west",
            Optional.of(new Progress(huge, huge)),
            huge,
            huge,
            huge,
            Duration.ofDays(30),
            Optional.of(new Latency(Duration.ofDays(30), Duration.ofDays(30))),
            List.of(new Row("a-topic-with-a-long-name-0", "caught up", huge, huge, huge)));

    assertThat(view.block(snapshot)).allMatch(line -> line.length() <= View.WIDTH);
  }

  @Test
  void line_saysTheSameInShort() {
    assertThat(view.line(LOADING)).isEqualTo("writing the backlog  25 %");
    assertThat(view.line(CATCHING_UP))
        .isEqualTo("catching up  52 %, 3,999/s in, 41,235/s out, lag 95,500, 1.2 s");
    assertThat(view.line(LIVE)).isEqualTo("live, 4,000/s in, 4,003/s out, lag 12, 0.0 s");
  }

  @Test
  void said_isWrappedBehindItsTime() {
    assertThat(View.said(Duration.ofMillis(1_500), "word ".repeat(20).strip()))
        .containsExactly(
            "[  1.5 s] word word word word word word word word word word word word word word",
            "          word word word word word word");
  }

  @Test
  void said_ofAWordThatIsTooLong_keepsItWhole() {
    String word = "x".repeat(100);

    assertThat(View.said(Duration.ZERO, word)).containsExactly("[  0.0 s] " + word);
  }

  @Test
  void share_isBetweenNothingAndAll() {
    assertThat(new Progress(-1, 10).share()).isZero();
    assertThat(new Progress(11, 10).share()).isEqualTo(1);
    assertThat(new Progress(0, 0).share()).isEqualTo(1);
  }
}
