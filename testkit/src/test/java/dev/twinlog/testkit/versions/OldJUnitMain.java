package dev.twinlog.testkit.versions;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.twinlog.testkit.TwinClusters;
import dev.twinlog.testkit.TwinKafka;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** Runs {@link Sample} on the JUnit that is on the class path, and says how it went. */
public final class OldJUnitMain {
  private OldJUnitMain() {}

  public static void main(String[] args) {
    SummaryGeneratingListener summary = new SummaryGeneratingListener();
    Launcher launcher = LauncherFactory.create();
    launcher.execute(
        LauncherDiscoveryRequestBuilder.request().selectors(selectClass(Sample.class)).build(),
        summary);
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
      same(twin);
    }

    private static void same(TwinKafka twin) {
      if (twin.source().clusterId().equals(twin.target().clusterId())) {
        throw new AssertionError("one cluster");
      }
    }
  }
}
