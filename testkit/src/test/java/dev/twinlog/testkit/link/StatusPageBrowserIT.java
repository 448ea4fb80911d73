package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twinlog.Replicator;
import dev.twinlog.metrics.RecentEvents;
import dev.twinlog.metrics.StatusPage;
import dev.twinlog.metrics.TwinlogMeters;
import dev.twinlog.testkit.KafkaTopics;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.ExpectedLogs;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests the status page of a link of 1,000 partitions in a browser. Its screenshots, in {@code
 * target/screenshots}, are those of metrics/README.md; for a curve of a minute {@code
 * -Dtwinlog.test.page.samples=60}.
 */
@Tag("long")
@TwinClusters(dedicated = true)
@ExpectedLogs("RETRYING") // a slow broker takes its time to lead 1,000 partitions
final class StatusPageBrowserIT {
  private static final Path SCREENSHOTS = Path.of("target", "screenshots");
  private static final int SAMPLES = Integer.getInteger("twinlog.test.page.samples", 5);
  private static final String[] TOPICS = {"orders", "payments", "shipments", "customers"};

  // The browser writes there until it has ended, and what is left is of no interest.
  @TempDir(cleanup = CleanupMode.NEVER)
  Path directory;

  // A condition and not an assumption, since reports show a condition's reason for the skip.
  @Test
  @EnabledIf(
      value = "browserIsInstalled",
      disabledReason = "needs Chromium: no chromium, chromium-browser or google-chrome on the PATH")
  void numbersMove_with1000Partitions_onPhonesAndInTheDark(TwinKafka twin) throws Exception {
    for (String topic : TOPICS) {
      KafkaTopics.of(twin.source()).create(topic, 250, Map.of());
      KafkaTopics.of(twin.target()).create(topic, 250, Map.of());
    }
    TwinlogMeters meters = new TwinlogMeters();
    RecentEvents events = new RecentEvents();
    try (Replicator replicator =
            Links.link(twin.source(), twin.target(), TOPICS)
                .link("us-east-to-eu-west")
                .metrics(meters)
                .onEvent(events)
                .build();
        StatusPage page = StatusPage.of(replicator).meters(meters).events(events).serve();
        Browser browser = Browser.start(directory)) {
      browser.screen(1200, 1000, false);
      browser.open(page.uri());
      replicator.start();
      Links.awaitCaughtUp(replicator);
      try (Load orders = Load.on(twin.source(), "orders", 250, 1_000);
          Load payments = Load.on(twin.source(), "payments", 250, 500)) {
        numbersMove(browser);
        allPartitionsAreShown(browser);
        textIsText(browser, events);
        until(() -> path(browser, "records") >= SAMPLES && path(browser, "bytes") >= SAMPLES);
        browser.screenshot(SCREENSHOTS.resolve("page-light.png"));
        dark(browser);
        phone(browser);
      }
      assertThat(browser.problems()).isEmpty();
      page.close();
      until(() -> browser.evaluate("!document.getElementById('lost').hidden").asBoolean());
    }
  }

  private static void numbersMove(Browser browser) throws Exception {
    until(() -> tile(browser, "Records copied") > 0 && tile(browser, "Bytes copied") > 0);
    long first = tile(browser, "Records copied");
    until(() -> tile(browser, "Records copied") > first);
    assertThat(browser.evaluate("document.getElementById('state').textContent").asText())
        .isEqualTo("RUNNING");
    assertThat(browser.evaluate("document.title").asText())
        .isEqualTo("us-east-to-eu-west: RUNNING");
  }

  private static void allPartitionsAreShown(Browser browser) throws Exception {
    assertThat(rows(browser)).isEqualTo(20);
    choose(browser, "all");
    until(() -> rows(browser) == 1_000);
    choose(browser, "20");
    until(() -> rows(browser) == 20);
  }

  private static void choose(Browser browser, String most) {
    browser.evaluate(
        "{ const most = document.getElementById('most'); most.value = '"
            + most
            + "'; most.dispatchEvent(new Event('change')); }");
  }

  private static long rows(Browser browser) {
    return browser
        .evaluate("document.querySelectorAll('#partitions td:first-child').length")
        .asLong();
  }

  private static void textIsText(Browser browser, RecentEvents events) throws Exception {
    events.noted("<img src=x onerror=\"document.title='owned'\">", "<b>note</b>");
    String shown = "document.getElementById('events').textContent.includes('<b>note</b>')";
    until(() -> browser.evaluate(shown).asBoolean());
    assertThat(
            browser.evaluate("document.querySelectorAll('#events img, #events b').length").asInt())
        .isZero();
  }

  private static void dark(Browser browser) throws Exception {
    String background = "getComputedStyle(document.body).backgroundColor";
    String light = browser.evaluate(background).asText();
    browser.screen(1200, 1000, true);
    assertThat(browser.evaluate(background).asText()).isNotEqualTo(light);
    browser.screenshot(SCREENSHOTS.resolve("page-dark.png"));
  }

  private static void phone(Browser browser) throws Exception {
    browser.screen(390, 844, true);
    until(() -> browser.evaluate("innerWidth").asInt() == 390);
    assertThat(browser.evaluate("document.documentElement.scrollWidth").asInt())
        .as("nothing is wider than the screen")
        .isLessThanOrEqualTo(390);
    browser.screenshot(SCREENSHOTS.resolve("page-phone.png"));
  }

  /** The number in a tile, without its unit; -1 where it is unknown. */
  private static long tile(Browser browser, String name) {
    String text =
        browser
            .evaluate(
                "(document.querySelector('[data-tile=\"" + name + "\"]') || {}).textContent || ''")
            .asText()
            .replaceAll("[^0-9]", "");
    return text.isEmpty() ? -1 : Long.parseLong(text);
  }

  /** Of how many points a curve is. */
  private static int path(Browser browser, String name) {
    return browser
        .evaluate(
            "(document.querySelector('#"
                + name
                + " path') || document.body).getAttribute('d')?.match(/[ML]/g)?.length || 0")
        .asInt();
  }

  private static void until(Callable<Boolean> condition) {
    await().atMost(Links.LIMIT.multipliedBy(3)).until(condition);
  }

  static boolean browserIsInstalled() {
    return Browser.installed().isPresent();
  }
}
