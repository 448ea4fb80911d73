package dev.twinlog.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import dev.twinlog.testkit.NetworkLink.Direction;
import dev.twinlog.testkit.junit.CleanAfterEach;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests a {@link NetworkLink} between Kafka's clients and real brokers. */
@CleanAfterEach
final class NetworkLinkIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @Test
  void clientsOfTheLink_stayOnItAndOthersDoNotTouchIt() throws Exception {
    Duration delay = Duration.ofMillis(20);
    try (NetworkLink link = NetworkLink.builder().roundTrip(delay).start();
        EmbeddedKafka kafka = EmbeddedKafka.builder().brokers(3).via(link).start()) {
      kafka.createTopic("orders", 6);
      KafkaTopics.of(kafka).sendNumbered("orders", 60);
      assertThat(link.bytesToCluster()).isZero();
      assertThat(link.connections()).isZero();

      TestKafka far = link.cluster();
      KafkaTopics.of(far).sendNumbered("orders", 60);
      assertThat(KafkaTopics.of(far).read("orders"))
          .hasSize(120)
          .allSatisfy(one -> assertThat(one.value()).isNotEmpty());
      try (Admin admin = far.admin()) {
        assertThat(admin.describeCluster().nodes().get())
            .extracting(node -> node.host() + ":" + node.port())
            .containsExactlyInAnyOrder(far.bootstrapServers().split(","));
        long before = System.nanoTime();
        assertThat(admin.listTopics().names().get()).contains("orders");
        assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(delay.toNanos());
      }
      assertThat(link.bytesFromCluster()).isPositive();
      assertThat(link.clientProperties())
          .containsEntry("bootstrap.servers", link.bootstrapServers())
          .doesNotContainEntry("bootstrap.servers", kafka.bootstrapServers());
    }
  }

  @Test
  void cutInTheMiddleOfRequests_costsAnIdempotentProducerNothing() throws Exception {
    int count = 3_000;
    try (NetworkLink link = NetworkLink.builder().start();
        EmbeddedKafka kafka = EmbeddedKafka.builder().via(link).start()) {
      kafka.createTopic("orders", 1);
      try (Producer<byte[], byte[]> producer = producer(link)) {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          if (i % 1_000 == 500) {
            Direction way = i == 500 ? Direction.FROM_CLUSTER : Direction.TO_CLUSTER;
            link.cutAfter(way, 10);
          }
          sent.add(producer.send(numbered(i)));
          if (i % 1_000 == 900) {
            await().atMost(LIMIT).until(link::isCut);
            link.heal();
          }
        }
        for (Future<RecordMetadata> one : sent) {
          one.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        }
      }
      assertThat(values(kafka)).isEqualTo(IntStream.range(0, count).mapToObj(i -> "" + i).toList());
    }
  }

  @Test
  void frozenAnswers_leaveServedRequestsUnanswered() throws Exception {
    try (NetworkLink link = NetworkLink.builder().start();
        EmbeddedKafka kafka = EmbeddedKafka.builder().via(link).start()) {
      kafka.createTopic("orders", 1);
      try (Producer<byte[], byte[]> producer = producer(link)) {
        producer.send(numbered(0)).get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        link.freeze(Direction.FROM_CLUSTER);
        Future<RecordMetadata> unheard = producer.send(numbered(1));
        await().atMost(LIMIT).until(() -> values(kafka).size() == 2);
        assertThat(unheard).isNotDone();
        link.cut();
        link.heal();
        unheard.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
      }
      assertThat(values(kafka)).containsExactly("0", "1");
    }
  }

  @Test
  @Tag("long")
  void tlsAndSasl_passAsTheyAre() {
    try (NetworkLink link = NetworkLink.builder().start();
        EmbeddedKafka kafka =
            EmbeddedKafka.builder()
                .security(KafkaSecurity.scram().overTls().user("alice").acls())
                .via(link)
                .start()) {
      TestKafka far = link.cluster();
      assertThat(far.clientProperties("alice"))
          .containsEntry("security.protocol", "SASL_SSL")
          .containsEntry("bootstrap.servers", link.bootstrapServers());
      far.createTopic("orders", 1);
      KafkaTopics.of(far).sendNumbered("orders", 10);
      assertThat(KafkaTopics.of(kafka).read("orders")).hasSize(10);
      assertThat(link.bytesToCluster()).isPositive();
    }
  }

  @Test
  @Tag("long")
  void brokerInAJvmOfItsOwn_isReachedOverTheLinkAlsoAfterAKill() {
    try (NetworkLink link = NetworkLink.builder().roundTrip(Duration.ofMillis(5)).start();
        ChildKafka kafka = ChildKafka.builder().via(link).start()) {
      KafkaTopics far = KafkaTopics.of(link.cluster());
      kafka.createTopic("orders", 2);
      far.sendNumbered("orders", 20);
      kafka.kill();
      kafka.restart();
      far.sendNumbered("orders", 20);
      assertThat(far.read("orders")).hasSize(40);
    }
  }

  @Test
  void link_standsInFrontOfOneCluster() {
    try (NetworkLink link = NetworkLink.builder().start();
        EmbeddedKafka kafka = EmbeddedKafka.builder().via(link).start()) {
      assertThatIllegalStateException()
          .isThrownBy(() -> EmbeddedKafka.builder().via(link).start())
          .withMessageContaining("one link for each cluster");
      assertThatIllegalStateException()
          .isThrownBy(() -> ChildKafka.builder().via(link).start())
          .withMessageContaining("one link for each cluster");
      assertThat(kafka.bootstrapServers()).isNotEqualTo(link.bootstrapServers());
    }
  }

  private static Producer<byte[], byte[]> producer(NetworkLink link) {
    Map<String, Object> config = new HashMap<>(link.clientProperties());
    config.put("acks", "all");
    config.put("linger.ms", "1");
    config.put("batch.size", "2000");
    // By default a producer that can reach no broker forgets the topics too (KIP-1102): send() then
    // blocks until the link is healed, by the thread that is in send().
    config.put("metadata.recovery.strategy", "none");
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private static ProducerRecord<byte[], byte[]> numbered(int i) {
    return new ProducerRecord<>("orders", 0, null, Integer.toString(i).getBytes(UTF_8));
  }

  private static List<String> values(EmbeddedKafka kafka) {
    return KafkaTopics.of(kafka).read("orders").stream()
        .map(one -> new String(one.value(), UTF_8))
        .toList();
  }
}
