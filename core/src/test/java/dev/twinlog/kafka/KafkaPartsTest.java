package dev.twinlog.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.twinlog.spi.ConfigurationException;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class KafkaPartsTest {
  private static final KafkaCluster CLUSTER = KafkaCluster.of("us-east", "localhost:9092");

  @Test
  void aCluster_isWhatItWasGiven() {
    KafkaCluster cluster =
        KafkaCluster.builder("eu-west")
            .property("security.protocol", "SASL_SSL")
            .bootstrapServers("b1:9092,b2:9093")
            .build();
    assertThat(cluster.alias()).isEqualTo("eu-west");
    assertThat(cluster.bootstrapServers()).isEqualTo("b1:9092,b2:9093");
    assertThat(cluster.properties()).isEqualTo(Map.of("security.protocol", "SASL_SSL"));
  }

  @Test
  void aCluster_takesItsAddressFromPropertiesToo() {
    assertThat(
            KafkaCluster.builder("a")
                .properties(Map.of("bootstrap.servers", "[::1]:9092"))
                .build()
                .bootstrapServers())
        .isEqualTo("[::1]:9092");
  }

  @Test
  void aCluster_reportsEverythingAtOnce() {
    ConfigurationException e =
        catchThrowableOfType(
            ConfigurationException.class,
            () ->
                KafkaCluster.builder("no spaces")
                    .bootstrapServers("localhost,other:70000")
                    .property("acks", "1")
                    .property("auto.offset.reset", "latest")
                    .property("fetch.min.bytes", "many")
                    .property("bootstrap.serverz", "x")
                    .build());
    assertThat(e.problems())
        .hasSize(7)
        .anySatisfy(p -> assertThat(p).startsWith("alias was \"no spaces\""))
        .anySatisfy(p -> assertThat(p).contains("\"localhost\" but must be host:port"))
        .anySatisfy(p -> assertThat(p).contains("\"other:70000\""))
        .anySatisfy(p -> assertThat(p).isEqualTo("property acks can't be set: it is always all"))
        .anySatisfy(p -> assertThat(p).startsWith("property auto.offset.reset can't be set"))
        .anySatisfy(p -> assertThat(p).startsWith("property fetch.min.bytes"))
        .anySatisfy(p -> assertThat(p).contains("bootstrap.serverz is known to no Kafka client"));
  }

  @Test
  void toString_masksSecrets() {
    KafkaCluster cluster =
        KafkaCluster.builder("a")
            .bootstrapServers("b:1")
            .property("sasl.jaas.config", "hush")
            .property("ssl.keystore.password", "hush")
            .property("sasl.mechanism", "PLAIN")
            .build();
    assertThat(cluster.toString()).doesNotContain("hush").contains("PLAIN").contains("[hidden]");
  }

  @Test
  void batches_areRefusedWhereTheyCanNotBe() {
    assertThatThrownBy(
            () ->
                KafkaSource.from(CLUSTER)
                    .path(DataPath.BATCHES)
                    .isolation(Isolation.READ_UNCOMMITTED)
                    .property("group.id", "mine")
                    .property("bootstrap.servers", "other:1")
                    .build())
        .hasMessageContaining("BATCHES, which copies committed records only")
        .isInstanceOfSatisfying(
            ConfigurationException.class, e -> assertThat(e.problems()).hasSize(4));
  }

  @Test
  void batchesAreTheDefault_andRecordsWhereAskedFor() {
    TopicSelector topics = TopicSelector.named("a");
    assertThat(KafkaSink.to(CLUSTER).build().dataPath()).isEqualTo(DataPath.BATCHES);
    assertThat(KafkaSource.from(CLUSTER).topics(topics).build().dataPath())
        .isEqualTo(DataPath.BATCHES);
    assertThat(KafkaSink.to(CLUSTER).path(DataPath.RECORDS).build().dataPath())
        .isEqualTo(DataPath.RECORDS);
    assertThat(
            KafkaSource.from(CLUSTER)
                .topics(topics)
                .isolation(Isolation.READ_UNCOMMITTED)
                .build()
                .dataPath())
        .isEqualTo(DataPath.RECORDS);
  }

  @Test
  void autoFallsBackWithAReason_whereBatchesCanNotTravel() {
    Optional<String> obstacle = Optional.of("class x is gone");
    assertThat(PathChoice.of(DataPath.AUTO, obstacle, Optional.empty()))
        .isEqualTo(new PathChoice(DataPath.RECORDS, obstacle, Optional.empty()));
    assertThat(PathChoice.of(DataPath.RECORDS, obstacle, Optional.empty()).reason()).isEmpty();
    assertThat(PathChoice.of(DataPath.BATCHES, obstacle, Optional.empty()).problem())
        .hasValue("path was BATCHES, but class x is gone");
    assertThat(PathChoice.of(DataPath.AUTO, obstacle, Optional.of("too old")).problem())
        .hasValue("too old");
  }

  @Test
  void aSink_refusesAReplicationFactorThatCanNotBe() {
    assertThatThrownBy(
            () -> KafkaSink.to(CLUSTER).replicationFactor(0).property("acks", "0").build())
        .isInstanceOfSatisfying(
            ConfigurationException.class, e -> assertThat(e.problems()).hasSize(2));
  }

  @Test
  void recompress_isCheckedAtBuild() {
    KafkaSink.to(CLUSTER).recompress(Compression.SNAPPY).build();
    KafkaSink.to(CLUSTER).recompress(Compression.ZSTD, 19).build();
    assertThatThrownBy(() -> KafkaSink.to(CLUSTER).recompress(Compression.GZIP, 10).build())
        .hasMessageContaining("recompress(GZIP, 10)")
        .hasMessageContaining("1 to 9");
    assertThatThrownBy(() -> KafkaSink.to(CLUSTER).recompress(Compression.NONE, 1).build())
        .hasMessageContaining("no levels");
    assertThatThrownBy(
            () ->
                KafkaSink.to(CLUSTER)
                    .property("compression.type", "lz4")
                    .recompress(Compression.ZSTD)
                    .build())
        .hasMessageContaining("compression.type were both set");
  }

  @Test
  void levelsOfCompression_areThoseOfKafka_andKnownAtBuild() {
    KafkaSink.to(CLUSTER).property("compression.gzip.level", "-1").build();
    assertThatThrownBy(
            () ->
                KafkaSink.to(CLUSTER)
                    .property("compression.gzip.level", "0")
                    .property("compression.lz4.level", "18")
                    .property("compression.zstd.level", "${file:/levels:zstd}")
                    .build())
        .isInstanceOfSatisfying(
            ConfigurationException.class, e -> assertThat(e.problems()).hasSize(3))
        .hasMessageContaining("compression.zstd.level can't come from a config provider");
  }
}
