package dev.twinlog.internal.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.internal.progress.ReverseEntries.Range;
import dev.twinlog.internal.progress.ReverseEntries.Resend;
import dev.twinlog.internal.progress.ReverseEntries.Reversal;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.SkippedOffsets;
import dev.twinlog.spi.StoredEntry;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Tests the stored entries of reversals against their golden files. */
final class ReverseEntriesTest {
  private static final TopicPartition ORDERS = new TopicPartition("orders/eu", 3);
  private static final UUID ID = new UUID(0x11, 0x22);
  private static final Reversal REVERSAL = new Reversal("x-back", ID, 3_000);
  private static final SeedHeader HEADER =
      new SeedHeader(ID, new UUID(0x33, 0x44), "x", "anna@host/7", 1_000, 2_000);
  private static final SeededPartition SEEDED =
      new SeededPartition(new TopicPartition("us.orders", 3), 258, 270, 300, 7, 9);
  private static final SeededPartition RESENT =
      new SeededPartition(SEEDED.target(), 258, 270, 300, 7, 0, 9);
  private static final SkippedOffsets OTHERS = SkippedOffsets.none().with(258).with(300);
  private static final Map<TopicPartition, Range> UNREAD = Map.of(ORDERS, new Range(260, 270));

  private static void assertForm(String name, StoredEntry entry, Object read) {
    GoldenFile file = GoldenFile.of(name);
    file.isWritten(entry.bytes());
    List<byte[]> all =
        name.equals("0.2/seed-partition") // that has grown
            ? List.of(file.bytes())
            : List.of(file.bytes(), file.grown());
    for (byte[] stored : all) {
      assertThat(read(new StoredEntry(entry.key(), entry.required(), stored))).contains(read);
    }
    StoredEntry raised = new StoredEntry(entry.key(), entry.required(), file.raised(0));
    assertThatThrownBy(() -> read(raised))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContaining("it needs Twinlog 7.3 or newer");
  }

  private static List<Object> read(StoredEntry entry) {
    ReverseEntries.Seed seed = ReverseEntries.seed(List.of(entry));
    return List.of(
        ReverseEntries.reversal(List.of(entry)),
        seed.header(),
        seed.partitions(),
        seed.unread(),
        ReverseEntries.resend(List.of(entry)),
        ReverseEntries.others(List.of(entry)));
  }

  @Test
  void entries_areWrittenAsEver_andThoseOfEveryVersionAreRead() {
    assertForm("0.2/move-reversed", ReverseEntries.of(REVERSAL), Optional.of(REVERSAL));
    assertForm("0.2/seed", ReverseEntries.of(HEADER), Optional.of(HEADER));
    assertForm("0.2/seed-partition", ReverseEntries.of(ORDERS, SEEDED), Map.of(ORDERS, SEEDED));
    assertForm("0.3/seed-partition", ReverseEntries.of(ORDERS, RESENT), Map.of(ORDERS, RESENT));
    assertForm("0.3/seed-others", ReverseEntries.others(ORDERS, OTHERS), Map.of(ORDERS, OTHERS));
    Resend begun = new Resend(Optional.of(HEADER), Map.of());
    assertForm("0.2/seed", ReverseEntries.of(begun).get(0), begun);
    Resend resent = new Resend(Optional.empty(), Map.of(ORDERS, RESENT));
    assertForm("0.3/seed-partition", ReverseEntries.of(resent).get(0), resent);
    assertForm("0.2/seed-group", ReverseEntries.of("a/b", UNREAD), Map.of("a/b", UNREAD));
  }

  @Test
  void whatAnOldVersionMustKnow_isRequired() {
    assertThat(ReverseEntries.of(REVERSAL).required()).isTrue();
    assertThat(ReverseEntries.of(HEADER).required()).as("it must not start half seeded").isTrue();
    assertThat(ReverseEntries.of(new Resend(Optional.of(HEADER), Map.of(ORDERS, RESENT))))
        .hasSize(2)
        .allMatch(StoredEntry::required)
        .allMatch(entry -> MoveEntries.isOfMove(entry.key()), "reopening forgets it");
  }

  @Test
  void aLinkThatForgets_keepsItsMove() {
    StoredEntry move =
        MoveEntries.of(new MoveHeader(ID, "failover", "anna", 1, MoveHeader.NOT_YET));
    List<StoredEntry> all =
        List.of(
            move,
            ReverseEntries.of(REVERSAL),
            ReverseEntries.of(HEADER),
            ReverseEntries.of(ORDERS, SEEDED),
            ReverseEntries.others(ORDERS, OTHERS),
            ReverseEntries.of("a/b", UNREAD));
    assertThat(ReverseEntries.withoutReversals(all))
        .allMatch(StoredEntry::isRemoved)
        .extracting(StoredEntry::key)
        .containsExactly(
            "move/reversed",
            "seed",
            "seed/partition/3/orders/eu",
            "seed/others/3/orders/eu",
            "seed/group/a/b");
    assertThat(MoveEntries.move(all).header()).isPresent();
  }

  @Test
  void aDamagedEntry_isRefused() {
    for (String key :
        List.of(
            "move/reversed",
            "move/resend",
            "seed",
            "seed/partition/0/t",
            "seed/others/0/t",
            "seed/group/g")) {
      assertThatThrownBy(() -> read(new StoredEntry(key, true, new byte[] {1, 9})))
          .isInstanceOf(LinkFailedException.class)
          .hasMessageContaining("damaged");
    }
  }
}
