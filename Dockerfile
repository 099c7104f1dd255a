# The production image: the locked run-time dependencies and Tocsin itself, as a user who is not root.
FROM python:3.12.13-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
RUN python -m venv /opt/tocsin
COPY requirements-build.lock requirements.lock /src/
RUN python -m venv /opt/build \
 && /opt/build/bin/pip install --quiet --require-hashes -r /src/requirements-build.lock
# What comes as source only is built with the locked tools, beside the image's own environment.
RUN /opt/build/bin/pip wheel --quiet --require-hashes --no-build-isolation --use-pep517 --no-deps \
      --wheel-dir /wheels -r /src/requirements.lock
RUN /opt/tocsin/bin/pip install --quiet --no-index --no-deps /wheels/*.whl
COPY . /src
RUN /opt/build/bin/pip wheel --quiet --no-build-isolation --no-deps --wheel-dir /dist /src \
 && /opt/tocsin/bin/pip install --quiet --no-index --no-deps /dist/*.whl \
 && /opt/tocsin/bin/pip check \
 && /opt/tocsin/bin/pip uninstall --quiet --yes pip


FROM python:3.12.13-slim-bookworm

RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends tini \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 tocsin \
 && useradd --uid 10001 --gid tocsin --no-create-home --home-dir /var/lib/tocsin --shell /usr/sbin/nologin tocsin \
 && install -d -o tocsin -g tocsin -m 0700 /var/lib/tocsin
COPY --from=build /opt/tocsin /opt/tocsin

ENV PATH=/opt/tocsin/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TOCSIN_DATA_DIR=/var/lib/tocsin
USER tocsin
WORKDIR /var/lib/tocsin
VOLUME /var/lib/tocsin
EXPOSE 8080

ENTRYPOINT ["tini", "--", "tocsin"]
CMD ["doctor"]
HEALTHCHECK --interval=60s --timeout=30s --start-period=60s --retries=3 CMD ["tocsin", "doctor"]
