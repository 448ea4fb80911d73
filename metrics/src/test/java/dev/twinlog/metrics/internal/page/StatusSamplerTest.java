package dev.twinlog.metrics.internal.page;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.twinlog.ReplicatorStatus;
import dev.twinlog.StatusFixture;
import java.io.IOException;
import java.io.StringWriter;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** Tests what is sampled of a link, in time of the test's own. */
final class StatusSamplerTest {
  private long nanos;
  private long bytes;
  private ReplicatorStatus status = copied(0);
  private RuntimeException failure;
  private final StatusSampler sampler =
      new StatusSampler(
          this::status,
          () -> bytes,
          null,
          Clock.fixed(StatusFixture.NOW, ZoneOffset.UTC),
          () -> nanos);

  private long costMillis;

  private ReplicatorStatus status() {
    nanos += TimeUnit.MILLISECONDS.toNanos(costMillis);
    if (failure != null) {
      throw failure;
    }
    return status;
  }

  private static ReplicatorStatus copied(long records) {
    return new StatusFixture().partition("orders", 0, records).status();
  }

  private void sampleAfter(long millis) {
    nanos += TimeUnit.MILLISECONDS.toNanos(millis);
    sampler.sample();
  }

  @Test
  void rates_areOfTheTimeBetweenTwoSamples() throws IOException {
    status = copied(300);
    bytes = 3_000;
    sampleAfter(2_000);
    assertThat(sampler.latest().totals().recordsPerSecond()).isEqualTo(150);
    assertThat(sampler.latest().bytesPerSecond()).isEqualTo(1_500);
    assertThat(sampler.latest().worstTopics().get(0).getValue().recordsPerSecond()).isEqualTo(150);
    assertThat(history().get(0).get(1).asDouble()).isEqualTo(150);
  }

  @Test
  void rate_isNotKnown_whenATotalHasFallen() throws IOException {
    status = copied(300);
    sampleAfter(1_000);
    status = copied(100);
    sampleAfter(1_000);
    assertThat(sampler.latest().totals().recordsPerSecond()).isNaN();
    assertThat(history().get(1).get(1).isNull()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"0, 1000", "20, 1000", "40, 2000", "100, 5000", "3000, 5000"})
  void statusThatTakesLong_isTakenLessOften_butEveryFiveSeconds(long cost, long delayMillis) {
    costMillis = cost;
    sampleAfter(1_000);
    assertThat(sampler.delay()).hasMillis(delayMillis);
  }

  @Test
  void samples_areOfTenMinutesAtMost() throws IOException {
    for (int i = 0; i < 1_000; i++) {
      sampleAfter(1_000);
    }
    assertThat(history()).hasSize(Throughput.MOST_SAMPLES);
    sampleAfter(Throughput.LONGEST.toMillis() + 1);
    assertThat(history()).hasSize(1);
  }

  private JsonNode history() throws IOException {
    StringWriter text = new StringWriter();
    sampler.throughput().write(new JsonWriter(text));
    return new ObjectMapper().readTree(text.toString());
  }

  @Test
  void statusThatCantBeTaken_isLoggedOnce_andTheLastOneIsOverdueAfterThirtySeconds() {
    ListAppender<ILoggingEvent> logged = new ListAppender<>();
    logged.start();
    Logger logger = (Logger) LoggerFactory.getLogger(StatusSampler.class);
    logger.addAppender(logged);
    logger.setAdditive(false);
    try {
      failure = new IllegalStateException("broken");
      sampleAfter(1_000);
      sampleAfter(1_000);
      assertThat(logged.list).hasSize(1);
      assertThat(sampler.latest().status().link()).isEqualTo(StatusFixture.LINK);
      assertThat(sampler.overdue()).isEmpty();
      sampleAfter(30_000);
      assertThat(sampler.overdue().orElseThrow()).contains("broken");
      failure = null;
      sampleAfter(1_000);
      assertThat(sampler.overdue()).isEmpty();
    } finally {
      logger.detachAppender(logged);
      logger.setAdditive(true);
    }
  }
}
