package dev.twinlog.testkit.link;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerTokenCallback;

/**
 * A login callback handler that issues OAUTHBEARER tokens valid for some seconds, as a token
 * endpoint would, and that a test can take down. All clients of this JVM share its state, since
 * they configure it by class name.
 */
public final class TokenEndpoint implements AuthenticateCallbackHandler {
  static final String CLIENT_JAAS =
      "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;";
  static final String BROKER_JAAS =
      "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required"
          + " unsecuredLoginStringClaim_sub=\"broker\";";

  private static final Duration LIFETIME = Duration.ofSeconds(4);

  private static volatile boolean down;
  private static final AtomicInteger refusedRequests = new AtomicInteger();

  static void down(boolean now) {
    down = now;
  }

  /** How often a token was requested while it was down. */
  static int refusedRequests() {
    return refusedRequests.get();
  }

  @Override
  public void configure(
      Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) {
    // there is one endpoint
  }

  @Override
  public void handle(Callback[] callbacks) throws IOException, UnsupportedCallbackException {
    for (Callback callback : callbacks) {
      if (!(callback instanceof OAuthBearerTokenCallback wanted)) {
        throw new UnsupportedCallbackException(callback);
      }
      if (down) {
        refusedRequests.incrementAndGet();
        throw new IOException("the token endpoint is down");
      }
      wanted.token(new Token(System.currentTimeMillis()));
    }
  }

  @Override
  public void close() {
    // nothing is open
  }

  /** An unsecured JSON web token, which brokers accept by default. */
  private record Token(long madeAt) implements OAuthBearerToken {
    @Override
    public String value() {
      String header = "{\"alg\":\"none\"}";
      String claims =
          "{\"sub\":\"link\",\"iat\":%s,\"exp\":%s}".formatted(seconds(madeAt), seconds(expiry()));
      return base64(header) + "." + base64(claims) + ".";
    }

    private static String seconds(long millis) {
      return millis / 1_000 + "." + "%03d".formatted(millis % 1_000);
    }

    private static String base64(String text) {
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private long expiry() {
      return madeAt + LIFETIME.toMillis();
    }

    @Override
    public Set<String> scope() {
      return Set.of();
    }

    @Override
    public long lifetimeMs() {
      return expiry();
    }

    @Override
    public String principalName() {
      return "link";
    }

    @Override
    public Long startTimeMs() {
      return madeAt;
    }
  }
}
