package dev.twinlog.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import dev.twinlog.GroupSync;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.KafkaCluster;
import dev.twinlog.kafka.KafkaLinks;
import dev.twinlog.kafka.KafkaSink;
import dev.twinlog.kafka.KafkaSource;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.metrics.JmxMetrics;
import dev.twinlog.metrics.StatusPage;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaSecurity;
import dev.twinlog.testkit.KafkaTopics;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * Tests that no secret of a link, and nothing of a record, is in logs at any level, or in anything
 * that it shows.
 */
@Tag("long")
final class SecretsIT {
  private static final String USER = "link";
  private static final String PLANTED = "planted-and-wrong";
  private static final String CONTENT = "content-of-a-record";
  private static final List<String> LOGGERS =
      List.of("dev.twinlog", "org.apache.kafka.clients", "org.apache.kafka.common");

  private final Set<String> secrets = new HashSet<>(Set.of(PLANTED, CONTENT));
  private final Listening listening = new Listening();
  private EmbeddedKafka source;
  private EmbeddedKafka target;

  /** Keeps what is logged with a secret in it. */
  private final class Listening extends AppenderBase<ILoggingEvent> {
    final AtomicLong events = new AtomicLong();
    final Queue<String> found = new ConcurrentLinkedQueue<>();
    private final Map<Logger, Level> before = new HashMap<>();

    @Override
    protected void append(ILoggingEvent event) {
      events.incrementAndGet();
      String line = event.getLoggerName() + ": " + event.getFormattedMessage();
      if (event.getThrowableProxy() != null) {
        line += ThrowableProxyUtil.asString(event.getThrowableProxy());
      }
      if (secrets.stream().anyMatch(line::contains)) {
        found.add(line);
      }
    }

    void begin() {
      start();
      for (String name : LOGGERS) {
        Logger logger = (Logger) LoggerFactory.getLogger(name);
        before.put(logger, logger.getLevel());
        logger.setLevel(Level.TRACE);
        logger.setAdditive(false); // the build's log would be long
        logger.addAppender(this);
      }
    }

    void end() {
      before.forEach(
          (logger, level) -> {
            logger.detachAppender(this);
            logger.setAdditive(true);
            logger.setLevel(level);
          });
      stop();
    }
  }

  @BeforeEach
  void start() {
    KafkaSecurity security = KafkaSecurity.scram().overTls().user(USER);
    source = EmbeddedKafka.builder().security(security).start();
    target = EmbeddedKafka.builder().security(security).start();
    for (EmbeddedKafka kafka : List.of(source, target)) {
      kafka.clientProperties(USER).forEach(this::addSecrets);
    }
    assertThat(secrets).hasSizeGreaterThan(2);
    listening.begin();
  }

  private void addSecrets(String name, String value) {
    if (name.endsWith(".password")) {
      secrets.add(value);
    }
    Matcher password = Pattern.compile("password=\"([^\"]+)\"").matcher(value);
    while (password.find()) {
      secrets.add(password.group(1));
    }
  }

  @AfterEach
  void stop() {
    listening.end();
    try (EmbeddedKafka closing = source) {
      target.close();
    }
  }

  private void assertClean(String what, Object shown) {
    assertThat(String.valueOf(shown)).as(what).doesNotContain(secrets);
  }

  private static String withCauses(Throwable failure) {
    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  private static KafkaCluster wrong(EmbeddedKafka kafka) {
    Map<String, String> properties = new HashMap<>(kafka.clientProperties(USER));
    properties.computeIfPresent(
        "sasl.jaas.config",
        (name, value) -> value.replaceAll("password=\"[^\"]+\"", "password=\"" + PLANTED + "\""));
    return Links.cluster("eu-west", properties);
  }

  private Replicator.Builder link(String topic, KafkaCluster into) {
    return Replicator.builder()
        .link(Links.newName())
        .source(
            KafkaSource.from(Links.cluster("us-east", source.clientProperties(USER)))
                .path(Links.path())
                .topics(TopicSelector.named(topic))
                .build())
        .sink(KafkaSink.to(into).path(Links.path()).build())
        .groupSync(GroupSync.defaults());
  }

  @Test
  void nothingThatALinkLogsOrShows_hasASecretInIt() throws Exception {
    source.createTopic("orders", 1);
    KafkaTopics.of(source).sendNumbered("orders", 100);
    byte[] content = Links.bytes(CONTENT);
    KafkaTopics.of(source)
        .send(
            List.of(
                new ProducerRecord<>(
                    "orders", 0, content, content, List.of(new RecordHeader("h", content)))));
    KafkaCluster into = Links.cluster("eu-west", target.clientProperties(USER));
    JmxMetrics jmx = new JmxMetrics();
    try (Replicator replicator = link("orders", into).metrics(jmx).build()) {
      replicator.start();
      Links.awaitCaughtUp(replicator);
      replicator.syncNow();
      assertClean("the link", replicator);
      assertClean("the status", replicator.status());
      assertClean("the health", replicator.status().health());
      assertClean("the plan", replicator.plan());
      assertClean("the cluster", into);
      assertClean("the links", KafkaLinks.list(into));
      try (StatusPage page = StatusPage.serve(replicator, 0)) {
        for (String path : List.of("", "status", "history", "health", "metrics")) {
          assertClean(
              path,
              HttpClient.newHttpClient()
                  .send(
                      HttpRequest.newBuilder(page.uri().resolve(path)).build(),
                      BodyHandlers.ofString())
                  .body());
        }
      }
      assertClean("the MBeans", beans());
      assertClean("the failover", replicator.failover());
    } finally {
      jmx.close();
    }
    try (Replicator refused = link("orders", wrong(target)).build()) {
      Throwable failure = catchThrowable(refused::start);
      assertThat(failure).isNotNull();
      assertClean("the refusal", withCauses(failure));
      assertClean("the status of a refused link", refused.status());
    }
    assertThat(listening.events.get()).as("what was logged").isGreaterThan(1_000);
    assertThat(listening.found).as("what was logged with a secret").isEmpty();
    LoggerFactory.getLogger("dev.twinlog.control").trace("the secret is {}", PLANTED);
    assertThat(listening.found).as("what is logged with one is found").hasSize(1);
  }

  /** The names and attributes of all MBeans: those of Kafka's clients as well. */
  private static String beans() throws Exception {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    List<String> all = new ArrayList<>();
    for (ObjectName name : server.queryNames(null, null)) {
      boolean isOurs = name.getDomain().startsWith("dev.twinlog");
      if (isOurs || name.getDomain().startsWith("kafka.")) {
        all.add(name.toString());
        for (MBeanAttributeInfo attribute : server.getMBeanInfo(name).getAttributes()) {
          all.add(attribute.getName() + " " + server.getAttribute(name, attribute.getName()));
        }
      }
    }
    assertThat(all).anyMatch(line -> line.startsWith("dev.twinlog:"));
    return String.join("\n", all);
  }
}
