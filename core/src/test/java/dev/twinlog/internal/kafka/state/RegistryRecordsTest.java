package dev.twinlog.internal.kafka.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.internal.progress.GoldenFile;
import dev.twinlog.internal.progress.ProducerOrigin;
import dev.twinlog.spi.LinkDescription;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.Route;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Tests the records of a registry topic in the form of every version that wrote them. */
final class RegistryRecordsTest {
  private static final StateAddress REGISTRY = StateAddress.of("twinlog.x.registry");
  private static final ProducerOrigin ORIGIN =
      new ProducerOrigin(
          "us",
          Optional.of(
              new Route(new TopicPartition("orders", 3), new TopicPartition("us.orders", 1))));
  private static final GoldenFile KEY = GoldenFile.of("0.2/registry-producer-key");
  private static final GoldenFile VALUE = GoldenFile.of("0.2/registry-producer-value");
  private static final GoldenFile LINK_KEY = GoldenFile.of("0.1/state-link-key");

  private final RegistryContents contents = new RegistryContents();

  private void fold(byte @Nullable [] key, byte @Nullable [] value) {
    RegistryRecords.fold("offset 5 of t", key, value, contents);
  }

  @Test
  void records_areWrittenAsEver() {
    ProducerRecord<byte[], byte[]> producer = RegistryRecords.producer(REGISTRY, 258, ORIGIN);
    KEY.isWritten(producer.key());
    VALUE.isWritten(producer.value());
    assertThat(producer.topic()).isEqualTo("twinlog.x.registry");
    assertThat(producer.partition()).isZero();
    LinkDescription link = new LinkDescription("x", "us", "eu", Map.of("orders", "us.orders"));
    LINK_KEY.isWritten(RegistryRecords.link(REGISTRY, Optional.of(link)).key());
  }

  @Test
  void records_ofEveryVersionAreRead() {
    fold(KEY.bytes(), VALUE.grown());
    fold(LINK_KEY.bytes(), GoldenFile.of("0.2/link-description").bytes());
    assertThat(contents.link()).map(LinkDescription::link).contains("us-to-eu");
    fold(LINK_KEY.bytes(), GoldenFile.of("0.2/link-description-moved").grown());
    assertThat(contents.producers()).containsExactly(Map.entry(258L, ORIGIN));
    assertThat(contents.link()).map(LinkDescription::link).contains("us-to-eu");
    assertThat(contents.ignored().notes()).isEmpty();
    fold(LINK_KEY.bytes(), null);
    assertThat(contents.link()).isEmpty();
  }

  @Test
  void anIdOfSeveralRoutes_hasNone() {
    GoldenFile value = GoldenFile.of("0.2/registry-shared-producer-value");
    ProducerOrigin origin = new ProducerOrigin("us", Optional.empty());
    value.isWritten(RegistryRecords.producer(REGISTRY, 258, origin).value());
    fold(KEY.bytes(), value.grown());
    assertThat(contents.producers()).containsExactly(Map.entry(258L, origin));
  }

  @Test
  void aValueThatMustNotBeGuessed_isRefused() {
    assertThatThrownBy(() -> fold(KEY.bytes(), VALUE.raised(0)))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContaining("it needs Twinlog 7.3 or newer");
    assertThatThrownBy(() -> fold(KEY.bytes(), new byte[] {1, 0}))
        .isInstanceOf(LinkFailedException.class)
        .hasMessageContaining("damaged");
  }

  @Test
  void otherRecords_areCounted() {
    fold(new byte[] {1, 'z'}, new byte[] {1});
    fold(new byte[] {1, 'I', 9}, new byte[] {1});
    fold(null, null);
    assertThat(contents.ignored().notes()).hasSize(2);
  }
}
