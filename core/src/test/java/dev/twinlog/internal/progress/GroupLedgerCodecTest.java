package dev.twinlog.internal.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.internal.progress.GroupLedger.Commit;
import dev.twinlog.spi.GroupChunk;
import dev.twinlog.spi.LinkFailedException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Tests the stored form of the ledger of a consumer group. */
final class GroupLedgerCodecTest {
  private static final GroupLedger LEDGER =
      new GroupLedger(
          Map.of(new TopicPartition("orders", 3), 258L, new TopicPartition("orders", 1), 4L),
          Map.of(
              new TopicPartition("us.orders", 3),
              new Commit(300, 290, 0x0a0b0c0d),
              new TopicPartition("us.orders", 1),
              Commit.FOREIGN),
          true);

  private static GroupLedger decoded(byte[] bytes) {
    return GroupLedgerCodec.decode(
        List.of(new GroupChunk("g", 0, bytes)), UnaryOperator.identity());
  }

  @Test
  void aLedger_isWrittenAsEver() {
    List<GroupChunk> chunks = GroupLedgerCodec.encode("g", LEDGER);
    assertThat(chunks).hasSize(1);
    GoldenFile.of("0.2/group-ledger-typed").isWritten(chunks.get(0).bytes());
  }

  @Test
  void aLedger_ofEveryVersionIsRead() {
    assertThat(decoded(GoldenFile.of("0.2/group-ledger").bytes())).isEqualTo(LEDGER.shared(false));
    GoldenFile file = GoldenFile.of("0.2/group-ledger-typed");
    assertThat(decoded(file.bytes())).isEqualTo(LEDGER);
    assertThat(decoded(file.grown())).isEqualTo(LEDGER);
    assertThatThrownBy(() -> decoded(file.raised(0)))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContaining("it needs Twinlog 7.3 or newer");
    assertThatThrownBy(() -> decoded(new byte[] {1, 0, 0, 0, 9}))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContaining("damaged");
  }

  @Test
  void aLargeLedger_isStoredInChunksOfAtMostAMegabyte() {
    Map<TopicPartition, Long> seen = new HashMap<>();
    Map<TopicPartition, Commit> commits = new HashMap<>();
    for (int i = 0; i < 10_000; i++) {
      TopicPartition partition = new TopicPartition("t".repeat(240) + i % 1_000, i);
      seen.put(partition, (long) i);
      commits.put(partition, new Commit(i, -1, i));
    }
    GroupLedger large = new GroupLedger(seen, commits);
    List<GroupChunk> chunks = GroupLedgerCodec.encode("g", large);
    assertThat(chunks).hasSizeGreaterThan(2);
    assertThat(chunks).allMatch(chunk -> chunk.bytes().length <= 1 << 20);
    assertThat(chunks).extracting(GroupChunk::number).doesNotHaveDuplicates().contains(0);
    assertThat(GroupLedgerCodec.decode(chunks, UnaryOperator.identity())).isEqualTo(large);
  }

  @Test
  void anEmptyLedger_isOneChunk() {
    List<GroupChunk> chunks = GroupLedgerCodec.encode("g", GroupLedger.NONE);
    assertThat(chunks).hasSize(1);
    assertThat(GroupLedgerCodec.decode(chunks, UnaryOperator.identity()))
        .isEqualTo(GroupLedger.NONE);
  }

  @Test
  void partitions_areTheObjectsThatTheCallerWants() {
    Map<TopicPartition, TopicPartition> known = new HashMap<>();
    LEDGER.seen().keySet().forEach(partition -> known.put(partition, partition));
    LEDGER.commits().keySet().forEach(partition -> known.put(partition, partition));
    GroupLedger decoded = GroupLedgerCodec.decode(GroupLedgerCodec.encode("g", LEDGER), known::get);
    assertThat(decoded).isEqualTo(LEDGER);
    assertThat(decoded.seen().keySet())
        .allSatisfy(partition -> assertThat(partition).isSameAs(known.get(partition)));
    assertThat(decoded.commits().keySet())
        .allSatisfy(partition -> assertThat(partition).isSameAs(known.get(partition)));
  }
}
