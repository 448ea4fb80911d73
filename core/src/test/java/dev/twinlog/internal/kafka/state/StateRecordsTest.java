package dev.twinlog.internal.kafka.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.internal.progress.GoldenFile;
import dev.twinlog.internal.progress.ProgressCodec;
import dev.twinlog.internal.progress.Shards;
import dev.twinlog.spi.AclEntry;
import dev.twinlog.spi.ConfigLedgerStore.Kind;
import dev.twinlog.spi.ConfigLedgerStore.Resource;
import dev.twinlog.spi.GroupChunk;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.MapChunk;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StoredEntry;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Tests the records of a state topic in the form of every version that wrote them. */
final class StateRecordsTest {
  private static final StateAddress STATE = StateAddress.of("twinlog.x.state");
  private static final TopicPartition ORDERS_3 = new TopicPartition("orders", 3);
  private static final Progress PROGRESS =
      new Progress(
          new SourcePartition(ORDERS_3, Optional.empty()), 1_000, true, "identity", List.of());
  private static final MapChunk CHUNK =
      new MapChunk(
          new Route(ORDERS_3, new TopicPartition("us.orders", 1)), 258, new byte[] {1, 2, 3});
  private static final LinkDescription LINK =
      new LinkDescription("x", "us", "eu", Map.of("orders", "us.orders"));
  private static final UUID OWNER = new UUID(0x11, 0x22);

  private final StateContents contents = new StateContents();

  private void fold(byte @Nullable [] key, byte @Nullable [] value) {
    StateRecords.fold("offset 5 of t", key, value, contents);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] golden(String name) {
    return GoldenFile.of("0.1/state-" + name).bytes();
  }

  private static void assertWritten(String name, ProducerRecord<byte[], byte[]> record) {
    GoldenFile.of("0.1/state-" + name + "-key").isWritten(record.key());
    if (!name.equals("progress") && !name.equals("link")) { // these have their own files
      GoldenFile.of("0.1/state-" + name + "-value").isWritten(record.value());
    }
  }

  @Test
  void records_areWrittenAsEver() {
    assertWritten("progress", StateRecords.progress(STATE, PROGRESS));
    assertWritten("map", StateRecords.mapChunk(STATE, CHUNK));
    assertWritten("link", StateRecords.link(STATE, Optional.of(LINK)));
    assertWritten("owner", StateRecords.owner(STATE, OWNER, 0x33, 0));
  }

  @Test
  void allRecords_areInPartitionZeroOfTheStateTopic() {
    assertThat(
            List.of(
                StateRecords.progress(STATE, PROGRESS),
                StateRecords.mapChunk(STATE, CHUNK),
                StateRecords.link(STATE, Optional.of(LINK)),
                StateRecords.owner(STATE, OWNER, 0x33, 0)))
        .allMatch(record -> record.topic().equals("twinlog.x.state") && record.partition() == 0);
    assertThat(STATE.partitions()).containsExactly(new TopicPartition("twinlog.x.state", 0));
  }

  @Test
  void ofSeveralShards_eachRecordIsInThatOfItsSourcePartition() {
    Shards eight = new Shards(8);
    StateAddress state = new StateAddress("twinlog.x.state", eight);
    int shard = eight.of(ORDERS_3);
    assertThat(shard).isNotZero();
    assertThat(StateRecords.progress(state, PROGRESS).partition()).isEqualTo(shard);
    assertThat(StateRecords.mapChunk(state, CHUNK).partition()).isEqualTo(shard);
    assertThat(StateRecords.link(state, Optional.of(LINK)).partition()).isZero();
    assertThat(state.partitions()).hasSize(8);
  }

  @Test
  void anOwnerRecord_saysFromWhereOnTheStateIsComplete() {
    ProducerRecord<byte[], byte[]> record = StateRecords.owner(STATE, OWNER, 0x33, 258);
    GoldenFile golden = GoldenFile.of("0.2/state-owner-value");
    golden.isWritten(record.value());
    fold(record.key(), golden.grown());
    fold(record.key(), GoldenFile.of("0.1/state-owner-value").bytes());
    assertThat(contents.owner()).contains(OWNER);
    assertThat(contents.completeFrom()).isEqualTo(258);
  }

  @Test
  void records_ofEveryVersionAreRead() {
    fold(golden("progress-key"), ProgressCodec.encode(PROGRESS));
    fold(golden("map-key"), golden("map-value"));
    fold(golden("link-key"), GoldenFile.of("0.1/link-description").bytes());
    fold(golden("owner-key"), golden("owner-value"));
    assertThat(contents.progress()).containsExactly(Map.entry(PROGRESS.source(), PROGRESS));
    assertThat(contents.link()).map(LinkDescription::link).contains("us-to-eu");
    assertThat(contents.owner()).contains(OWNER);
    assertThat(contents.takeMapChunks()).containsExactly(CHUNK);
    assertThat(contents.ignored().notes()).isEmpty();
  }

  @Test
  void anAclThatTheLinkHasCreated_isRemembered_withThatOfTheSource() {
    AclEntry source =
        new AclEntry(
            AclEntry.Kind.TOPIC,
            AclEntry.Pattern.PREFIXED,
            "ord",
            "User:alice",
            "*",
            "ALL",
            AclEntry.Permission.ALLOW);
    AclEntry created =
        source
            .of(AclEntry.Pattern.PREFIXED, "us.ord")
            .withPrincipal("User:bob")
            .withOperation("READ");
    GoldenFile key = GoldenFile.of("0.2/state-acl-key");
    GoldenFile value = GoldenFile.of("0.2/state-acl-value");
    ProducerRecord<byte[], byte[]> record = StateRecords.acl(STATE, created, Optional.of(source));
    key.isWritten(record.key());
    value.isWritten(record.value());
    fold(key.bytes(), value.grown());
    assertThat(contents.acls()).containsExactly(Map.entry(created, source));
    fold(key.bytes(), null);
    assertThat(contents.acls()).isEmpty();
    fold(key.bytes(), value.raised(0));
    assertThat(contents.acls()).isEmpty();
    assertThat(contents.ignored().notes()).hasSize(1);
  }

  @Test
  void configsThatTheLinkHasSet_areRemembered_untilThereAreNone() {
    Resource topic = new Resource(Kind.TOPIC, "us.orders");
    Resource group = new Resource(Kind.SHARE_GROUP, "us.orders");
    Map<String, String> set = Map.of("retention.ms", "5", "cleanup.policy", "compact");
    GoldenFile value = GoldenFile.of("0.2/state-configs-value");
    ProducerRecord<byte[], byte[]> ofTopic = StateRecords.configs(STATE, topic, set);
    ProducerRecord<byte[], byte[]> ofGroup = StateRecords.configs(STATE, group, set);
    GoldenFile.of("0.2/state-configs-topic-key").isWritten(ofTopic.key());
    GoldenFile.of("0.2/state-configs-group-key").isWritten(ofGroup.key());
    value.isWritten(ofTopic.value());
    fold(ofTopic.key(), value.grown());
    fold(ofGroup.key(), value.bytes());
    assertThat(contents.configs()).isEqualTo(Map.of(topic, set, group, set));
    ProducerRecord<byte[], byte[]> removal = StateRecords.configs(STATE, group, Map.of());
    assertThat(removal.value()).isNull();
    fold(removal.key(), removal.value());
    assertThat(contents.configs()).containsOnlyKeys(topic);
    assertThat(contents.ignored().notes()).isEmpty();
    fold(ofTopic.key(), value.raised(0)); // what is there now can't be read: it is kept
    assertThat(contents.configs()).isEmpty();
    assertThat(contents.ignored().notes()).hasSize(1);
  }

  @Test
  void whatWasWrittenOfAGroup_isReadAgain_untilItIsRemoved() {
    GroupChunk chunk = new GroupChunk("billing", 2, new byte[] {1, 2});
    ProducerRecord<byte[], byte[]> record = StateRecords.group(STATE, chunk);
    GoldenFile.of("0.2/state-group-key").isWritten(record.key());
    assertThat(record.partition()).isZero();
    fold(record.key(), record.value());
    assertThat(contents.groups()).containsExactly(chunk);
    ProducerRecord<byte[], byte[]> removal =
        StateRecords.group(STATE, GroupChunk.removed("billing", 2));
    fold(removal.key(), removal.value());
    assertThat(contents.groups()).isEmpty();
    assertThat(contents.ignored().notes()).isEmpty();
  }

  @Test
  void entriesOfTheEngine_areReadAgain_untilTheyAreRemoved() {
    for (boolean required : new boolean[] {true, false}) {
      StoredEntry entry = new StoredEntry("move/group/a b", required, new byte[] {1, 2});
      ProducerRecord<byte[], byte[]> record = StateRecords.entry(STATE, entry);
      GoldenFile.of("0.2/state-entry-" + (required ? "required" : "optional") + "-key")
          .isWritten(record.key());
      assertThat(record.partition()).isZero();
      fold(record.key(), record.value());
      assertThat(contents.entries()).containsExactly(entry);
      ProducerRecord<byte[], byte[]> removal =
          StateRecords.entry(STATE, StoredEntry.removed("move/group/a b", required));
      assertThat(removal.value()).isNull();
      fold(removal.key(), removal.value());
      assertThat(contents.entries()).isEmpty();
    }
    assertThat(contents.ignored().notes()).isEmpty();
  }

  @Test
  void recordsOfOptionalKinds_areCounted() {
    fold(new byte[] {1, 'v'}, new byte[] {1});
    fold(new byte[] {1, 'x', 9}, null);
    assertThat(contents.ignored().notes())
        .containsExactly(
            "2 records of kinds that only a newer version of Twinlog knows were ignored");
  }

  @Test
  void recordsThatNoTwinlogWrote_areCounted() {
    fold(null, ascii("no key"));
    fold(new byte[0], null);
    fold(ascii("someone's key"), ascii("value"));
    fold(new byte[] {9, 'P', 1}, new byte[] {1});
    fold(new byte[] {1, 'P', 1}, new byte[] {1});
    fold(new byte[] {1, 'M', 0, 0}, new byte[] {1});
    fold(new byte[] {1, 'Z'}, new byte[] {1});
    fold(new byte[] {1, 'Z', 3, 'a', 'b', 'c'}, new byte[] {1});
    assertThat(contents.ignored().notes())
        .singleElement()
        .asString()
        .startsWith(
            "8 records that Twinlog did not write were ignored, the first at offset 5 of t");
  }

  @Test
  void aRecordOfAKindThatMustBeKnown_namesTheVersionThatKnowsIt() {
    assertThatThrownBy(() -> fold(new byte[] {1, 'V', 3, '7', '.', '3', 9}, null))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContainingAll("offset 5 of t", "kind V", "needs Twinlog 7.3 or newer");
  }

  @Test
  void aDamagedValueOfOurs_isRefused() {
    assertThatThrownBy(() -> fold(golden("progress-key"), new byte[] {1, 0}))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContainingAll("offset 5 of t", "damaged");
    assertThatThrownBy(() -> fold(golden("owner-key"), new byte[] {1, 0}))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContainingAll("offset 5 of t", "damaged");
    byte[] raised = GoldenFile.of("0.1/link-description").raised(0);
    assertThatThrownBy(() -> fold(golden("link-key"), raised))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContaining("needs Twinlog 7.3 or newer");
  }
}
