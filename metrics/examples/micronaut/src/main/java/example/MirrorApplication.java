package example;

import dev.twinlog.LinkHealth;
import dev.twinlog.Replicator;
import dev.twinlog.metrics.TwinlogMeters;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Factory;
import io.micronaut.context.env.Environment;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.core.naming.conventions.StringConvention;
import io.micronaut.health.HealthStatus;
import io.micronaut.management.health.indicator.HealthIndicator;
import io.micronaut.management.health.indicator.HealthResult;
import io.micronaut.runtime.Micronaut;
import jakarta.inject.Singleton;
import java.util.Properties;

@Factory
public class MirrorApplication {
  public static void main(String[] args) {
    Micronaut.run(MirrorApplication.class, args);
  }

  @Singleton // a MeterBinder, which Micronaut binds to its registries
  TwinlogMeters twinlogMeters() {
    return new TwinlogMeters();
  }

  @Context // created, and so started, with the application
  @Bean(preDestroy = "close")
  Replicator replicator(Environment environment, TwinlogMeters meters) {
    Properties link = new Properties();
    environment
        .getProperties("replicator", StringConvention.RAW)
        .forEach((key, value) -> link.put("replicator." + key, String.valueOf(value)));
    Replicator replicator = Replicator.fromProperties(link).metrics(meters).build();
    replicator.start();
    return replicator;
  }

  @Singleton
  HealthIndicator twinlogHealth(Replicator replicator) {
    return () -> {
      LinkHealth health = replicator.status().health();
      return Publishers.just(
          HealthResult.builder("twinlog", status(health)).details(health.reasons()).build());
    };
  }

  /** A link that is DEGRADED works; one that is DOWN does not. */
  private static HealthStatus status(LinkHealth health) {
    return switch (health.verdict()) {
      case UP -> HealthStatus.UP;
      case DEGRADED -> new HealthStatus("DEGRADED", "it works, but not all of it", true, 500);
      case DOWN -> HealthStatus.DOWN;
    };
  }
}
