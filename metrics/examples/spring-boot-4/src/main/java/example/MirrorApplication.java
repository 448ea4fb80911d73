package example;

import dev.twinlog.LinkHealth;
import dev.twinlog.Replicator;
import dev.twinlog.metrics.TwinlogMeters;
import java.util.Properties;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

@SpringBootApplication
public class MirrorApplication {
  public static void main(String[] args) {
    SpringApplication.run(MirrorApplication.class, args);
  }

  @Bean // a MeterBinder, which Spring Boot binds to its registries
  TwinlogMeters twinlogMeters() {
    return new TwinlogMeters();
  }

  @Bean(initMethod = "start") // Spring calls close() at the end, before the meters are closed
  Replicator replicator(Environment environment, TwinlogMeters meters) {
    Properties link = new Properties();
    Binder.get(environment)
        .bind("replicator", Bindable.mapOf(String.class, String.class))
        .ifBound(all -> all.forEach((key, value) -> link.put("replicator." + key, value)));
    return Replicator.fromProperties(link).metrics(meters).build();
  }

  @Bean
  HealthIndicator twinlogHealthIndicator(Replicator replicator) {
    return () -> {
      LinkHealth health = replicator.status().health();
      return Health.status(health.verdict().name())
          .withDetail("since", health.since())
          .withDetail("reasons", health.reasons())
          .build();
    };
  }
}
