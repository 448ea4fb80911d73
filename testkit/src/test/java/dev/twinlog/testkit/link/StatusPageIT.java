package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.twinlog.Replicator;
import dev.twinlog.metrics.RecentEvents;
import dev.twinlog.metrics.StatusPage;
import dev.twinlog.metrics.TwinlogMeters;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Tests the status page of a link between two real clusters. */
@TwinClusters
final class StatusPageIT {
  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void numbersMoveWhileRecordsFlow_andAreThoseOfTheRecordsCopied(TwinKafka twin) throws Exception {
    String orders = twin.topic("orders");
    KafkaTopics source = KafkaTopics.of(twin.source());
    source.create(orders, 3, Map.of());
    source.sendNumbered(orders, 3_000);
    TwinlogMeters meters = new TwinlogMeters();
    RecentEvents events = new RecentEvents();
    try (Replicator replicator =
            Links.link(twin.source(), twin.target(), orders)
                .metrics(meters)
                .onEvent(events)
                .build();
        StatusPage page = StatusPage.of(replicator).meters(meters).events(events).port(0).serve()) {
      assertThat(json(page, "/status").get("state").asText()).isEqualTo("NEW");
      replicator.start();
      Links.awaitCaughtUp(replicator);
      awaitCopied(page, 3_000);
      long bytes = json(page, "/status").at("/totals/bytesCopied").asLong();
      assertThat(bytes).isPositive();

      source.sendNumbered(orders, 1_500);
      Links.awaitCaughtUp(replicator);
      awaitCopied(page, 4_500);
      JsonNode status = json(page, "/status?partitions=all");
      assertThat(status.at("/topics/0/topic").asText()).isEqualTo(orders);
      assertThat(status.at("/topics/0/recordsCopied").asLong()).isEqualTo(4_500);
      assertThat(sum(status.get("partitions"), "recordsCopied")).isEqualTo(4_500);
      assertThat(status.at("/totals/bytesCopied").asLong()).isGreaterThan(bytes);
      assertThat(status.at("/events/0/event").asText()).isEqualTo("linkStateChanged");
      assertThat(get(page, "/health").statusCode()).isEqualTo(200);
      assertThat(json(page, "/history").get("samples"))
          .as("the curve has risen")
          .anyMatch(sample -> sample.get(1).asDouble() > 0 && sample.get(2).asDouble() > 0);

      replicator.close();
      await()
          .atMost(Links.LIMIT)
          .untilAsserted(() -> assertThat(get(page, "/health").statusCode()).isEqualTo(503));
      assertThat(json(page, "/status").get("state").asText()).isEqualTo("STOPPED");
      assertThat(json(page, "/status").at("/totals/recordsCopied").asLong()).isEqualTo(4_500);
    }
  }

  private void awaitCopied(StatusPage page, long records) {
    await()
        .atMost(Links.LIMIT)
        .untilAsserted(
            () ->
                assertThat(json(page, "/status").at("/totals/recordsCopied").asLong())
                    .isEqualTo(records));
    await()
        .atMost(Links.LIMIT)
        .untilAsserted(
            () -> assertThat(json(page, "/status").at("/totals/lagRecords").asLong(-1)).isZero());
  }

  private static long sum(JsonNode all, String member) {
    long sum = 0;
    for (JsonNode each : all) {
      sum += each.get(member).asLong();
    }
    return sum;
  }

  private JsonNode json(StatusPage page, String path) throws IOException, InterruptedException {
    return new ObjectMapper().readTree(get(page, path).body());
  }

  private HttpResponse<String> get(StatusPage page, String path)
      throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(page.uri().resolve(path)).build(), BodyHandlers.ofString());
  }
}
