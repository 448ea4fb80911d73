package dev.twinlog.testkit.versions;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.twinlog.testkit.ChildKafka;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import dev.twinlog.testkit.junit.LogCapture;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/**
 * Runs test classes, by default {@link Sample}, on the JUnit that is on the class path, and says
 * how it went.
 */
public final class JUnitMain {
  private JUnitMain() {}

  public static void main(String[] args) {
    SummaryGeneratingListener summary = new SummaryGeneratingListener();
    Launcher launcher = LauncherFactory.create();
    LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request();
    if (args.length == 0) {
      request.selectors(selectClass(Sample.class));
    }
    List.of(args).forEach(name -> request.selectors(selectClass(name)));
    launcher.execute(request.build(), summary);
    summary.getSummary().printFailuresTo(new PrintWriter(System.out, true, StandardCharsets.UTF_8));
    System.out.printf(
        "succeeded %d, failed %d, with JUnit of %s%n",
        summary.getSummary().getTestsSucceededCount(),
        summary.getSummary().getTotalFailureCount(),
        Test.class.getProtectionDomain().getCodeSource().getLocation());
    // what the store did not close keeps the JVM alive
    boolean left =
        Thread.getAllStackTraces().keySet().stream()
            .anyMatch(thread -> !thread.isDaemon() && thread.getName().contains("socket-server"));
    System.out.println(left ? "brokers are left" : "everything is closed");
    System.exit(0);
  }

  @TwinClusters(dedicated = true)
  static final class Sample {
    @Test
    void one(TwinKafka twin) {
      same(twin);
    }

    @Test
    void another(TwinKafka twin) {
      twin.source().createTopic(twin.topic("orders"), 2);
      same(twin);
    }

    private static void same(TwinKafka twin) {
      if (twin.source().clusterId().equals(twin.target().clusterId())) {
        throw new AssertionError("one cluster");
      }
    }
  }

  @TwinClusters
  static final class SampleWithLogs {
    @Test
    void logs(TwinKafka twin, LogCapture logs) {
      twin.source().bootstrapServers();
      if (!logs.lines().isEmpty()) {
        throw new AssertionError(logs.lines());
      }
    }
  }

  static final class OneBroker {
    @Test
    void starts() {
      EmbeddedKafka.start().close();
    }
  }

  static final class SampleThatLogs {
    @Test
    void embedded() {
      EmbeddedKafka.builder().logs(true).start().close();
    }
  }

  static final class SampleOfChildren {
    @Test
    void logInTheirOwnJvm_ifTheBuilderSaysSo() {
      try (ChildKafka quiet = ChildKafka.start();
          ChildKafka verbose = ChildKafka.builder().logs(true).start()) {
        int few = quiet.process().output().size();
        int many = verbose.process().output().size();
        if (few > 10 || many < 500) {
          throw new AssertionError("lines of a quiet child: " + few + ", of another: " + many);
        }
      }
    }
  }
}
