package dev.twinlog.testkit;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** What {@link TwinClusters} does. */
final class TwinClustersExtension implements BeforeAllCallback, ParameterResolver {
  private static final Namespace NAMESPACE = Namespace.create(TwinClustersExtension.class);
  private static final String OWN = "own pair";
  private static final String SHARED = "shared pair";
  private static final String COUNTER = "tests";

  @Override
  public void beforeAll(ExtensionContext context) {
    TwinClusters wish = wish(context);
    if (isOwn(wish)) {
      // A nested class finds that of its outer class here.
      Stores.get(context.getStore(NAMESPACE), OWN, Pair.class, () -> Pair.start(wish));
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == TwinKafka.class;
  }

  @Override
  public TwinKafka resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Store root = context.getRoot().getStore(NAMESPACE);
    Pair own = context.getStore(NAMESPACE).get(OWN, Pair.class);
    Pair pair = own != null ? own : Stores.get(root, SHARED, Pair.class, Pair::startShared);
    AtomicInteger counter = Stores.get(root, COUNTER, AtomicInteger.class, AtomicInteger::new);
    return Stores.get(
        context.getStore(NAMESPACE),
        context.getUniqueId(),
        TwinKafka.class,
        () -> new TwinKafka(pair.source(), pair.target(), "-t" + counter.incrementAndGet()));
  }

  private static boolean isOwn(TwinClusters wish) {
    return wish.dedicated() || wish.brokers() != 1 || wish.config().length > 0;
  }

  private static TwinClusters wish(ExtensionContext context) {
    for (Class<?> type = context.getRequiredTestClass();
        type != null;
        type = type.getEnclosingClass()) {
      Optional<TwinClusters> found = AnnotationSupport.findAnnotation(type, TwinClusters.class);
      if (found.isPresent()) {
        return found.get();
      }
    }
    throw new ExtensionConfigurationException(
        context.getRequiredTestClass() + " has no @TwinClusters");
  }

  /**
   * Closed by the store that holds it, which JUnit before 5.13 does by the older interface only.
   */
  @SuppressWarnings("deprecation")
  private record Pair(EmbeddedKafka source, EmbeddedKafka target)
      implements AutoCloseable, Store.CloseableResource {
    private static Pair start(TwinClusters wish) {
      EmbeddedKafka source = cluster(wish);
      try {
        return new Pair(source, cluster(wish));
      } catch (RuntimeException e) {
        source.close();
        throw e;
      }
    }

    private static Pair startShared() {
      EmbeddedKafka source = EmbeddedKafka.start();
      Pair pair;
      try {
        pair = new Pair(source, EmbeddedKafka.start());
      } catch (RuntimeException e) {
        source.close();
        throw e;
      }
      String owner =
          "all classes with @TwinClusters; say @TwinClusters(dedicated = true) to have your own";
      pair.source.sharedBy(owner);
      pair.target.sharedBy(owner);
      return pair;
    }

    private static EmbeddedKafka cluster(TwinClusters wish) {
      EmbeddedKafka.Builder builder = EmbeddedKafka.builder().brokers(wish.brokers());
      for (String setting : wish.config()) {
        int equals = setting.indexOf('=');
        if (equals < 1) {
          throw new ExtensionConfigurationException(
              "the setting \"" + setting + "\" of @TwinClusters is not of the form key=value");
        }
        builder.config(setting.substring(0, equals), setting.substring(equals + 1));
      }
      return builder.start();
    }

    @Override
    public void close() {
      source.sharedBy(null);
      target.sharedBy(null);
      try {
        source.close();
      } finally {
        target.close();
      }
    }
  }
}
