"""Configs as the admin page `topology` tells them, made up for whoever draws them."""

from sixnines.client.topology import Chosen, Deployed, Model, Place, Route, Topology


def model(name, *providers, fallbacks=()):
    """A model with a deployment at each of these providers."""
    deployments = tuple(Deployed(id=f"{each}/{name}", provider=each) for each in providers)
    return Model(name=name, strategy="ordered", deployments=deployments, fallbacks=tuple(fallbacks))


def route(name, *models):
    """A route among these models."""
    return Route(name=name, strategy="ordered", models=tuple(Chosen(model=each) for each in models))


def place(name, *domains, optional=False):
    """A provider in these domains, the innermost first."""
    return Place(name=name, kind="ollama", domains=domains, optional=optional)


def small() -> Topology:
    """Two engines on one GPU, a cloud; a model on one engine, one with both, one with the cloud behind it."""
    return Topology(
        providers=(place("a", "gpu", "host"), place("b", "gpu", "host"), place("cloud", "vendor")),
        models=(
            model("alone", "a"),
            model("local", "a", "b"),
            model("safe", "a", fallbacks=("far",)),
            model("far", "cloud"),
        ),
        routes=(route("chat", "local", "alone"), route("all", "local", "far")),
        aliases={"gpt": "safe"},
    )


def large(models: int, providers: int = 8) -> Topology:
    """Many models with two providers each and chains of three, half of the providers in nested domains."""
    places = [
        place(f"provider-{at}", *(("gpu", "rack", "house") if at % 2 else ("vendor",) if at % 4 else ()))
        for at in range(providers)
    ]
    made = [
        model(
            f"some-model-with-a-long-name:{at}b-instruct",
            places[at % providers].name,
            places[(at * 3 + 1) % providers].name,
            fallbacks=[f"some-model-with-a-long-name:{(at + step) % models}b-instruct" for step in (1, 2, 3)],
        )
        for at in range(models)
    ]
    names = [each.name for each in made]
    routes = [route(f"route-{at}", *names[at : at + 4]) for at in range(0, models, 5)]
    return Topology(providers=tuple(places), models=tuple(made), routes=tuple(routes))
