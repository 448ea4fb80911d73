package dev.twinlog.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.twinlog.GroupState;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.StatusFixture;
import dev.twinlog.metrics.internal.page.StatusView;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests what a status page answers. */
final class StatusPageTest extends PageCase {

  @Test
  void page_isOneDocument_andItsPolicyAllowsItsOwnStyleAndScriptOnly() throws Exception {
    HttpResponse<String> page = get("/");
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("Content-Type")).contains("text/html; charset=utf-8");
    assertThat(page.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
    assertThat(page.body())
        .doesNotContain(
            "src=", "@import", "url(", "innerHTML", "insertAdjacentHTML", "document.write")
        .doesNotContainPattern("https?://(?!www\\.w3\\.org/2000/svg)")
        .doesNotContainPattern(" style=|\\son[a-z]+=\"");
    String policy = page.headers().firstValue("Content-Security-Policy").orElseThrow();
    assertThat(policy)
        .startsWith("default-src 'none'; ")
        .contains("script-src '" + hash(page.body(), "script") + "'")
        .contains("style-src '" + hash(page.body(), "style") + "'")
        .doesNotContain("unsafe");
  }

  private static String hash(String page, String element) throws Exception {
    Matcher found =
        Pattern.compile("<" + element + ">(.*)</" + element + ">", Pattern.DOTALL).matcher(page);
    assertThat(found.find()).isTrue();
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(found.group(1).getBytes(UTF_8));
    return "sha256-" + Base64.getEncoder().encodeToString(digest);
  }

  @Test
  void status_hasTotals_topics_andWhatElseTheLinkKnows() throws Exception {
    status =
        new StatusFixture()
            .partition("orders", 0, 100)
            .partition("orders", 1, PartitionState.COPYING, 50, 7, Duration.ofSeconds(3), "")
            .partition("users", 0, 5)
            .group("billing", GroupState.SYNCED, "")
            .group("audit", GroupState.ACTIVE, "it has members in the target")
            .duty("discovery", 2)
            .note("users", "a config was not copied")
            .moved("anna")
            .throttled(4_000)
            .paused("users", "orders")
            .selected("named [orders]")
            .status();
    JsonNode json = json("/status");
    assertThat(json.at("/throttle/bytesPerSecond").asLong()).isEqualTo(4_000);
    assertThat(json.at("/throttle/partitions").asInt()).isEqualTo(2);
    assertThat(json.at("/selectedTopics").asText()).isEqualTo("named [orders]");
    assertThat(json.at("/pausedTopics/0").asText()).isEqualTo("orders");
    assertThat(json.get("link").asText()).isEqualTo(StatusFixture.LINK);
    assertThat(json.get("state").asText()).isEqualTo("RUNNING");
    assertThat(json.at("/health/verdict").asText()).isEqualTo("UP");
    assertThat(json.at("/totals/topics").asInt()).isEqualTo(2);
    assertThat(json.at("/totals/partitions").asInt()).isEqualTo(3);
    assertThat(json.at("/totals/recordsCopied").asLong()).isEqualTo(155);
    assertThat(json.at("/totals/lagRecords").asLong()).isEqualTo(7);
    assertThat(json.at("/totals/lagMillis").asLong()).isEqualTo(3_000);
    assertThat(json.at("/totals/handling/PASSED_THROUGH").asLong()).isEqualTo(3);
    assertThat(json.at("/topics/0/topic").asText()).isEqualTo("orders");
    assertThat(json.at("/topics/0/lagRecords").asLong()).isEqualTo(7);
    assertThat(json.at("/topics/0/partitionsByState/COPYING").asInt()).isEqualTo(1);
    assertThat(json.at("/partitions/0/topic").asText()).isEqualTo("orders");
    assertThat(json.at("/partitions/0/partition").asInt()).isEqualTo(1);
    assertThat(json.at("/partitions/0/sourceEnd").asLong()).isEqualTo(57);
    assertThat(json.at("/groups/byState/SYNCED").asInt()).isEqualTo(1);
    assertThat(json.at("/groups/notInStep")).hasSize(1);
    assertThat(json.at("/groups/notInStep/0/group").asText()).isEqualTo("audit");
    assertThat(json.at("/groups/notInStep/0/reason").asText()).contains("members");
    assertThat(json.at("/duties/0/failures").asInt()).isEqualTo(2);
    assertThat(json.at("/notes/0/note").asText()).isEqualTo("a config was not copied");
    assertThat(json.at("/move/actor").asText()).isEqualTo("anna");
  }

  @Test
  void whatIsNotKnown_isNull_andNever0() throws Exception {
    status =
        new StatusFixture()
            .partition("orders", 0, 10)
            .partition("orders", 1, PartitionState.RETRYING, 3, -1, Duration.ofSeconds(9), "away")
            .status();
    JsonNode json = json("/status");
    for (String unknown :
        List.of(
            "/totals/lagRecords",
            "/totals/heldBack",
            "/totals/bytesCopied",
            "/totals/bytesPerSecond",
            "/totals/recordsPerSecond",
            "/topics/0/lagRecords",
            "/partitions/0/lagRecords",
            "/partitions/0/sourceEnd",
            "/verification",
            "/move")) {
      assertThat(json.at(unknown).isNull()).as(unknown).isTrue();
    }
    assertThat(json.at("/totals/partitionsOfUnknownLag").asInt()).isEqualTo(1);
    assertThat(json.at("/partitions/0/cause").asText()).isEqualTo("away");
  }

  @Test
  void linkThatWasNotStarted_isShownAsItIs_withoutALag() throws Exception {
    status = new StatusFixture().state(LinkState.NEW, "not started").status();
    JsonNode json = json("/status");
    assertThat(json.get("state").asText()).isEqualTo("NEW");
    assertThat(json.at("/totals/lagRecords").isNull()).isTrue();
    assertThat(json.at("/totals/lagMillis").isNull()).isTrue();
    assertThat(json("/health").get("verdict").asText()).isEqualTo("DEGRADED");
  }

  @Test
  void textOfTheCluster_isNoMarkup() throws Exception {
    String name = "<script>alert(\"1\")</script>\n\\";
    status = new StatusFixture().partition(name, 0, 1).note(name, name).status();
    HttpResponse<String> response = get("/status");
    assertThat(response.body()).doesNotContain("<");
    assertThat(json("/status").at("/topics/0/topic").asText()).isEqualTo(name);
  }

  @Test
  void reasonOfAnyLength_isCutShort() throws Exception {
    status = new StatusFixture().state(LinkState.FAILED, "x".repeat(100_000)).status();
    assertThat(get("/status").body().length()).isLessThan(10_000);
  }

  @ParameterizedTest
  @CsvSource({
    "RUNNING, UP, 200",
    "PAUSED, DEGRADED, 200",
    "FAILED, DOWN, 503",
    "STOPPED, DOWN, 503"
  })
  void health_is503IfDown(LinkState state, String verdict, int code) throws Exception {
    status = new StatusFixture().partition("orders", 0, 1).state(state, "because").status();
    assertThat(get("/health").statusCode()).isEqualTo(code);
    JsonNode json = json("/health");
    assertThat(json.get("verdict").asText()).isEqualTo(verdict);
    assertThat(json.get("reasons").isArray()).isTrue();
    assertThat(json.get("since").asText()).isEqualTo(StatusFixture.NOW.toString());
  }

  @Test
  void linkThatCloses_isShownWithItsLastStatus() throws Exception {
    assertThat(json("/status").get("state").asText()).isEqualTo("RUNNING");
    status =
        new StatusFixture().partition("orders", 0, 10).state(LinkState.STOPPED, "closed").status();
    await()
        .untilAsserted(
            () -> assertThat(json("/status").get("state").asText()).isEqualTo("STOPPED"));
    JsonNode json = json("/status");
    assertThat(json.at("/totals/recordsCopied").asLong()).isEqualTo(10);
    assertThat(json.at("/events/0/event").asText()).isEqualTo("linkStateChanged");
    assertThat(json.at("/events/0/text").asText()).isEqualTo("RUNNING to STOPPED: closed");
  }

  @Test
  void metrics_withoutARegistry_is404_andSaysWhatToDo() throws Exception {
    HttpResponse<String> response = get("/metrics");
    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(response.body()).contains("micrometer-registry-prometheus", "prometheus");
  }

  @Test
  void metrics_isTheScrapeOfTheRegistry_alsoWhenTheMetersAreClosed() throws Exception {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    TwinlogMeters meters = new TwinlogMeters();
    meters.bindTo(registry);
    meters.linkOpened(StatusFixture.LINK);
    meters.copied(MetersCase.route(MetersCase.ORDERS_0), 4, 40, Duration.ofMillis(1));
    serve(builder().meters(meters).prometheus(registry::scrape));
    HttpResponse<String> response = get("/metrics");
    assertThat(response.headers().firstValue("Content-Type"))
        .contains("text/plain; version=0.0.4; charset=utf-8");
    assertThat(response.body())
        .contains("twinlog_records_total{link=\"us-to-eu\",partition=\"0\",topic=\"orders\"} 4.0");
    assertThat(json("/status").at("/totals/bytesCopied").asLong()).isEqualTo(40);
    meters.close();
    assertThat(get("/metrics").statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
  void otherMethodsThanGetAndHead_areRefused(String method) throws Exception {
    HttpResponse<String> response = request(method, "/status");
    assertThat(response.statusCode()).isEqualTo(405);
    assertThat(response.headers().firstValue("Allow")).contains("GET, HEAD");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/status", "/health", "/metrics", "/nothing"})
  void head_isGetWithoutABody(String path) throws Exception {
    HttpResponse<String> get = get(path);
    HttpResponse<String> head = request("HEAD", path);
    assertThat(head.statusCode()).isEqualTo(get.statusCode());
    assertThat(head.body()).isEmpty();
    assertThat(head.headers().firstValue("Content-Length"))
        .isEqualTo(get.headers().firstValue("Content-Length"));
    assertThat(head.headers().firstValue("Content-Type"))
        .isEqualTo(get.headers().firstValue("Content-Type"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/status?partitions=",
        "/status?partitions=-1",
        "/status?partitions=201",
        "/status?partitions=99999999999",
        "/status?partitions=1&partitions=2",
        "/status?other=1",
        "/status?%00",
        "/health?x=1",
        "/?x",
        "/metrics?name[]=a"
      })
  void malformedQueries_areRefused(String path) throws Exception {
    String answer =
        raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 400 ");
  }

  @Test
  void unknownPath_is404_andSaysWhatThereIs() throws Exception {
    HttpResponse<String> response = get("/admin");
    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(response.body()).contains("/status", "/health");
  }

  @Test
  void hundredThousandPartitions_areSummedUp_inABoundedAnswer() throws Exception {
    StatusFixture many = new StatusFixture();
    for (int topic = 0; topic < 5_000; topic++) {
      for (int number = 0; number < 20; number++) {
        Duration lag = Duration.ofMillis(topic * 20L + number);
        many.partition("topic-" + topic, number, PartitionState.COPYING, 2, 1, lag, "");
      }
    }
    status = many.status();
    JsonNode json = json("/status");
    assertThat(json.at("/totals/partitions").asInt()).isEqualTo(100_000);
    assertThat(json.at("/totals/recordsCopied").asLong()).isEqualTo(200_000);
    assertThat(json.at("/totals/lagRecords").asLong()).isEqualTo(100_000);
    assertThat(json.get("topics")).hasSize(StatusView.MOST_TOPICS);
    assertThat(json.at("/topics/0/topic").asText()).isEqualTo("topic-4999");
    assertThat(json.at("/topics/0/recordsCopied").asLong()).isEqualTo(40);
    assertThat(json.get("partitions")).hasSize(20);
    assertThat(json.at("/partitions/0/partition").asInt()).isEqualTo(19);
    assertThat(json.at("/partitions/19/topic").asText()).isEqualTo("topic-4999");
    assertThat(json("/status?partitions=200").get("partitions")).hasSize(200);
    assertThat(json("/status?partitions=0").get("partitions")).isEmpty();
    assertThat(get("/status?partitions=200").body().length()).isLessThan(500_000);
    JsonNode all = json("/status?partitions=all");
    assertThat(all.get("partitions")).hasSize(100_000);
    assertThat(all.get("topics")).hasSize(5_000);
  }

  @Test
  void portThatIsTaken_isNamed_withWhatToDo() {
    int port = served().port();
    assertThat(port).isPositive();
    assertThatThrownBy(() -> builder().port(port).serve())
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("port " + port)
        .hasMessageContaining("another port, or 0 for any free one")
        .hasCauseInstanceOf(BindException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 65_536})
  void portThatIsNone_isRefused(int port) {
    assertThatThrownBy(() -> builder().port(port).serve())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("port was " + port);
  }
}
