package dev.twinlog.testkit.link;

import java.util.Map;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.server.policy.AlterConfigPolicy;

/** A broker's policy that refuses a retention time of less than an hour. */
public final class NoShortRetention implements AlterConfigPolicy {
  private static final long LEAST = 3_600_000;

  @Override
  public void validate(RequestMetadata request) {
    String retention = request.configs().get("retention.ms");
    if (retention != null && Long.parseLong(retention) < LEAST) {
      throw new PolicyViolationException("retention.ms=" + retention + " is too short");
    }
  }

  @Override
  public void configure(Map<String, ?> configs) {}

  @Override
  public void close() {}
}
